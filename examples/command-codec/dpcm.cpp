// A long-lived external codec for codec-harness in C++17: each sample is sent as the difference to the one before it,
// in 8 bits. Standard library only, little-endian machines; docs/command-adapter.md has the protocol.
//
//     g++ -O2 -std=c++17 -o dpcm dpcm.cpp
//     codec-harness run dpcm.codec.toml

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

constexpr uint32_t kRate = 16000, kFrame = 160, kBins = 256;

struct Instance {  // copying it is the clone
    float encoder = 0, decoder = 0;
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

float step(float state, int32_t code) {
    const float difference = (code - 128) / 127.0f;
    return std::clamp(state + difference * std::fabs(difference), -1.0f, 1.0f);  // fine steps for small differences
}

int32_t code_for(float state, float sample) {
    const float difference = std::clamp(sample - state, -1.0f, 1.0f);
    return 128 + static_cast<int32_t>(std::lround(std::copysign(std::sqrt(std::fabs(difference)), difference) * 127));
}

Bytes answer(uint8_t request, uint32_t number, const Bytes& payload) {
    Bytes out{0};  // status: ok
    switch (request) {
        case 0:
            for (uint32_t field : {1u, kRate, kFrame, kFrame, kBins, 0u}) append(out, field);
            append(out, uint8_t{1});
            append(out, 0.0f);
            for (char letter : std::string("DPCM sample in C++")) append(out, letter);
            return out;
        case 1:
            instances[number] = {};
            return out;
        case 2:
            instances.erase(number);
            return out;
        case 3: {
            auto& state = instances.at(number).encoder;
            for (float sample : values<float>(payload)) {
                const int32_t code = code_for(state, sample);
                state = step(state, code);
                append(out, code);
            }
            return out;
        }
        case 4: {
            auto& state = instances.at(number).decoder;
            for (int32_t code : values<int32_t>(payload)) append(out, state = step(state, code));
            return out;
        }
        case 5:
            if (payload.at(0) & 1) instances.at(number).encoder = 0;
            if (payload.at(0) & 2) instances.at(number).decoder = 0;
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

int main() {
    uint32_t length;
    while (read_exactly(&length, sizeof length)) {
        Bytes message(length);
        if (length < 5 || !read_exactly(message.data(), length)) return 1;
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
