#!/usr/bin/env python3
"""
A whole external codec for codec-harness in one file: IMA ADPCM, 4 bits a sample, in all three forms of `command`.

    adpcm.py roundtrip in.wav out.wav    one run per file, no codes to see
    adpcm.py encode in.wav out.npy       one run per file, codes as an array (K, F)
    adpcm.py decode in.npy out.wav
    adpcm.py serve                       one long-lived process; docs/command-adapter.md has the protocol

A frame of -1 is one that was lost: the last sample fades to nothing over it, and decoding then starts anew.

`serve --forget-reset` is the same program with a fault to find: its reset does nothing.
Needs Python and numpy; nothing of codec-harness is used.
"""

import struct
import sys
import wave

import numpy as np

RATE = 16_000
FRAME = 320  # samples, 20 ms; each is one code of 4 bits, so K = FRAME and there are 16 bins
STEPS = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
]  # fmt: skip
CHANGE = [-1, -1, -1, -1, 2, 4, 6, 8]


class Predictor:
    """One side's state: the last sample as the decoder has it, and the step size. Both sides move it alike."""

    def __init__(self, sample=0, index=0):
        self.sample, self.index = sample, index

    def copy(self):
        """Return another predictor in the same state."""
        return Predictor(self.sample, self.index)

    def move(self, code):
        """Take in one code, as both sides do; return the sample that it stands for."""
        step = STEPS[self.index]
        change = step // 8 + sum(step >> place for place, bit in ((0, 4), (1, 2), (2, 1)) if code & bit)
        self.sample = max(-32768, min(32767, self.sample - change if code & 8 else self.sample + change))
        self.index = max(0, min(88, self.index + CHANGE[code & 7]))
        return self.sample

    def conceal(self):
        """Return a frame that fades from the last sample to nothing, and forget all that was before."""
        faded = [self.sample * (FRAME - 1 - place) / FRAME for place in range(FRAME)]
        self.sample = self.index = 0
        return faded

    def code_for(self, sample):
        """Return the code that comes nearest to *sample*, and take it in."""
        step, distance = STEPS[self.index], sample - self.sample
        code, distance = (8, -distance) if distance < 0 else (0, distance)
        for place, bit in ((0, 4), (1, 2), (2, 1)):
            if distance >= step >> place:
                code, distance = code | bit, distance - (step >> place)
        self.move(code)
        return code


def encode(state, pcm):
    """Float samples to codes of shape (F, K)."""
    wanted = np.clip(np.rint(pcm * 32768.0), -32768, 32767).astype(int).tolist()
    return np.array([state.code_for(sample) for sample in wanted], "<i4").reshape(-1, FRAME)


def decode(state, codes):
    """Codes of shape (F, K), or the same in one row, to float samples."""
    codes = codes.reshape(-1, FRAME)
    if ((codes < 0).any(axis=1) != (codes < 0).all(axis=1)).any():
        raise ValueError("a frame arrives whole, or is lost as a whole")
    samples = []
    for frame in codes.tolist():
        samples += [state.move(code) for code in frame] if frame[0] >= 0 else state.conceal()
    return np.array(samples, "<f4") / np.float32(32768)


class Program:
    """Answers requests: `instances` maps the harness's numbers to an encoder state and a decoder state."""

    def __init__(self, forget_reset):
        self.instances = {}
        self.forget_reset = forget_reset

    def answer(self, request, number, payload):
        """Return the payload of the answer; None if the request is not offered."""
        if request == 0:  # hello: version, rate, frame size, codebooks, bins, delay, stateful, tolerance, name
            return struct.pack("<IIIIIIBf", 1, RATE, FRAME, FRAME, 16, 0, 1, 0.0) + b"IMA ADPCM sample"
        if request == 1:  # open
            self.instances[number] = [Predictor(), Predictor()]
            return b""
        if request not in (2, 3, 4, 5, 6, 7):
            return None  # not offered
        states = self.instances[number]
        if request == 2:  # close
            del self.instances[number]
        elif request == 3:  # encode
            return encode(states[0], np.frombuffer(payload, "<f4")).tobytes()
        elif request == 4:  # decode
            return decode(states[1], np.frombuffer(payload, "<i4")).astype("<f4").tobytes()
        elif request == 5 and not self.forget_reset:  # reset: bit 0 the encoder, bit 1 the decoder
            for side in (0, 1):
                if payload[0] >> side & 1:
                    states[side] = Predictor()
        elif request == 6:  # clone
            (new,) = struct.unpack("<I", payload)
            self.instances[new] = [state.copy() for state in states]
        elif request == 7:  # state: length, name, length, bytes, and so on
            return b"".join(
                struct.pack("<I", len(part)) + part
                for name, state in zip((b"encoder/predictor", b"decoder/predictor"), states, strict=True)
                for part in (name, struct.pack("<ii", state.sample, state.index))
            )
        return b""


def serve(program):
    """Read requests until standard input ends. Standard output is for answers only; print to standard error."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(4):
        (length,) = struct.unpack("<I", head)
        message = source.read(length)
        request, number = struct.unpack_from("<BI", message)
        try:
            body = program.answer(request, number, message[5:])
            answer = b"\x02not offered" if body is None else b"\x00" + body
        except (KeyError, IndexError, ValueError, struct.error) as error:  # a fault of this call, not of the program
            answer = b"\x01" + f"{type(error).__name__}: {error}".encode()
        target.write(struct.pack("<I", len(answer)) + answer)
        target.flush()


def read_wav(path):
    """Read mono 16-bit WAV as floats."""
    with wave.open(path) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            sys.exit(f"{path}: wanted mono 16-bit at {RATE} Hz")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def write_wav(path, pcm):
    """Write floats as mono 16-bit WAV."""
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes((pcm * 32768).astype("<i2").tobytes())


def main(arguments):
    """Run the form that the arguments name."""
    match arguments:
        case ["serve"] | ["serve", "--forget-reset"]:
            serve(Program(forget_reset=len(arguments) == 2))
        case ["roundtrip", source, target]:
            write_wav(target, decode(Predictor(), encode(Predictor(), read_wav(source))))
        case ["encode", source, target]:
            np.save(target, encode(Predictor(), read_wav(source)).T)
        case ["decode", source, target]:
            write_wav(target, decode(Predictor(), np.load(source).T))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
