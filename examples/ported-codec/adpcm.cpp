// A port of ../command-codec/adpcm.py to C++17, as somebody would write it who wants to know whether it is the same codec.
// Standard library only, little-endian machines; docs/command-adapter.md has the protocol, docs/parity.md the question.
//
//     g++ -O2 -std=c++17 -o adpcm adpcm.cpp
//     codec-harness check command --option 'serve=["./adpcm"]' --against command --against-option 'serve=[...]'
//
// Each argument plants a mistake that ports have: --rounding, --sign, --keep-state.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using Bytes = std::vector<uint8_t>;

constexpr uint32_t kRate = 16000, kFrame = 320, kBins = 16;
constexpr int kSteps[] = {
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767};
constexpr int kChange[] = {-1, -1, -1, -1, 2, 4, 6, 8};

// The mistakes that may be planted.
bool rounds_once = false;  // (2 m + 1) * step / 8 is rounded once; the original rounds each of its four parts
bool wrong_sign = false;   // where a sample would fall below the range, it is set to the upper end
bool keeps_state = false;  // after a lost frame, decoding goes on where it was

struct Predictor {
    int32_t sample = 0, index = 0;

    int32_t move(int32_t code) {
        const int step = kSteps[index];
        int change = step / 8;
        if (code & 4) change += step;
        if (code & 2) change += step >> 1;
        if (code & 1) change += step >> 2;
        if (rounds_once) change = (2 * (code & 7) + 1) * step / 8;
        sample = code & 8 ? sample - change : sample + change;
        if (sample < -32768) sample = wrong_sign ? 32767 : -32768;
        if (sample > 32767) sample = 32767;
        index = std::clamp(index + kChange[code & 7], 0, 88);
        return sample;
    }

    int32_t code_for(int32_t wanted) {
        const int step = kSteps[index];
        int32_t distance = wanted - sample, code = 0;
        if (distance < 0) {
            code = 8;
            distance = -distance;
        }
        for (int place = 0; place < 3; ++place) {
            if (distance < step >> place) continue;
            code |= 4 >> place;
            distance -= step >> place;
        }
        move(code);
        return code;
    }

    std::vector<float> conceal() {
        std::vector<float> faded;
        for (uint32_t place = 0; place < kFrame; ++place) {
            const int32_t scaled = sample * static_cast<int32_t>(kFrame - 1 - place);
            faded.push_back(static_cast<float>(static_cast<double>(scaled) / kFrame) / 32768.0f);
        }
        if (!keeps_state) *this = {};
        return faded;
    }
};

struct Instance {  // copying it is the clone
    Predictor encoder, decoder;
};

std::map<uint32_t, Instance> instances;

template <typename T>
void append(Bytes& bytes, T value) {
    const auto* begin = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), begin, begin + sizeof value);
}

template <typename T>
std::vector<T> values(const Bytes& payload) {
    if (payload.size() % (kFrame * sizeof(T)) != 0) throw std::runtime_error("not whole frames");
    std::vector<T> result(payload.size() / sizeof(T));
    std::memcpy(result.data(), payload.data(), payload.size());
    return result;
}

void encode(Predictor& state, const std::vector<float>& samples, Bytes& out) {
    for (float sample : samples) {
        const float scaled = std::nearbyint(sample * 32768.0f);  // to even, as numpy's rint
        append(out, state.code_for(static_cast<int32_t>(std::clamp(scaled, -32768.0f, 32767.0f))));
    }
}

void decode(Predictor& state, const std::vector<int32_t>& codes, Bytes& out) {
    const auto is_lost = [](int32_t code) { return code < 0; };
    for (auto frame = codes.begin(); frame != codes.end(); frame += kFrame) {
        const auto lost = std::count_if(frame, frame + kFrame, is_lost);
        if (lost != 0 && lost != kFrame) throw std::runtime_error("a frame arrives whole, or is lost as a whole");
    }
    for (auto frame = codes.begin(); frame != codes.end(); frame += kFrame) {
        if (is_lost(*frame)) {
            for (float sample : state.conceal()) append(out, sample);
            continue;
        }
        for (auto code = frame; code != frame + kFrame; ++code) append(out, state.move(*code) / 32768.0f);
    }
}

Bytes answer(uint8_t request, uint32_t number, const Bytes& payload) {
    Bytes out{0};  // status: ok
    switch (request) {
        case 0:
            for (uint32_t field : {1u, kRate, kFrame, kFrame, kBins, 0u}) append(out, field);
            append(out, uint8_t{1});
            append(out, 0.0f);
            for (char letter : std::string("IMA ADPCM in C++")) append(out, letter);
            return out;
        case 1:
            instances[number] = {};
            return out;
        case 2:
            instances.erase(number);
            return out;
        case 3:
            encode(instances.at(number).encoder, values<float>(payload), out);
            return out;
        case 4:
            decode(instances.at(number).decoder, values<int32_t>(payload), out);
            return out;
        case 5:
            if (payload.at(0) & 1) instances.at(number).encoder = {};
            if (payload.at(0) & 2) instances.at(number).decoder = {};
            return out;
        case 6: {
            uint32_t copy;
            std::memcpy(&copy, payload.data(), sizeof copy);
            instances[copy] = instances.at(number);
            return out;
        }
        default:
            return {2};  // not offered
    }
}

bool read_exactly(void* target, size_t size) { return std::fread(target, 1, size, stdin) == size; }

void serve() {
    uint32_t length;
    while (read_exactly(&length, sizeof length)) {
        Bytes message(length);
        if (length < 5 || !read_exactly(message.data(), length)) return;
        uint32_t number;
        std::memcpy(&number, &message[1], sizeof number);
        Bytes out;
        try {
            out = answer(message[0], number, Bytes(message.begin() + 5, message.end()));
        } catch (const std::exception& error) {
            out = {1};
            for (const char* letter = error.what(); *letter; ++letter) append(out, *letter);
        }
        const uint32_t size = out.size();
        std::fwrite(&size, sizeof size, 1, stdout);
        std::fwrite(out.data(), 1, out.size(), stdout);
        std::fflush(stdout);
    }
}

int main(int count, char** arguments) {
    const std::map<std::string, bool*> mistakes = {
        {"--rounding", &rounds_once}, {"--sign", &wrong_sign}, {"--keep-state", &keeps_state}};
    for (int place = 1; place < count; ++place) {
        const auto found = mistakes.find(arguments[place]);
        if (found == mistakes.end()) {
            std::fprintf(stderr, "adpcm: no argument %s; there are --rounding, --sign, --keep-state\n", arguments[place]);
            return 2;
        }
        *found->second = true;
    }
    serve();
}
