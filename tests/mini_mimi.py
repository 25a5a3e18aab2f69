"""The embedded Mimi on a second of speech: its codes, what they decode to, and an instance that was used before."""

import functools

import numpy as np

from harness.audio.waveform import Samples, read
from harness.codecs.mimi.codec import MiniMimiCodec
from harness.codecs.mimi.instance import MimiInstance
from harness.codecs.protocol import Codes
from harness.runtime.resources import fixture

FRAMES = 24
SWITCH = 10
SIZE = 640


@functools.cache
def codec() -> MiniMimiCodec:
    return MiniMimiCodec()


@functools.cache
def speech(utterance: str = "heart-01", frames: int = FRAMES) -> Samples:
    samples = read(fixture("speech") / f"{utterance}.flac").samples[8_800 : 8_800 + frames * SIZE]
    assert len(samples) == frames * SIZE
    return samples


def encode(instance: MimiInstance, pcm: Samples, chunk: int = 1) -> Codes:
    step = chunk * SIZE
    return np.concatenate([instance.encode(pcm[at : at + step]) for at in range(0, len(pcm), step)], axis=1)


def decode(instance: MimiInstance, codes: Codes, chunk: int = 1) -> Samples:
    return np.concatenate([instance.decode(codes[:, at : at + chunk]) for at in range(0, codes.shape[1], chunk)])


@functools.cache
def codes(utterance: str = "heart-01", frames: int = FRAMES) -> Codes:
    return encode(codec().open(), speech(utterance, frames))


@functools.cache
def pcm(frames: int = FRAMES) -> Samples:
    return decode(codec().open(), codes("heart-01", frames))


def used() -> MimiInstance:
    """Return an instance that has encoded and decoded other speech."""
    instance = codec().open()
    decode(instance, encode(instance, speech("slt-01")))
    return instance
