"""The plain use is held against the uncoded speech: what is wrong in every use alike is found."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from planted import faults

from harness.audio.waveform import Samples
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


class Spoilt(faults.Sound):
    """What is decoded passes through *spoil(pcm, frame)*, and what is encoded through *before*."""

    def __init__(self, spoil=None, before=None, inner="opus", **declared):
        super().__init__(inner)
        self.spoil, self.before = spoil, before
        self.info = dataclasses.replace(self.info, **declared)

    def wrap(self, instance):
        return Spoiling(self, instance)


class Spoiling(faults.SoundInstance):
    codec: Any
    frame = 0

    def encode(self, pcm):
        return self.inner.encode(self.codec.before(pcm) if self.codec.before else pcm)

    def decode(self, codes):
        pcm, size = self.inner.decode(codes).copy(), self.codec.info.frame_size
        for at in range(0, len(pcm), size):
            if self.codec.spoil:
                pcm[at : at + size] = self.codec.spoil(pcm[at : at + size], self.frame)
            self.frame += 1
        return pcm

    def reset(self, side):
        self.inner.reset(side)
        if side != "encoder":
            self.frame = 0

    def clone(self):
        copy = Spoiling(self.codec, self.inner.clone())
        copy.frame = self.frame
        return copy


def found(law, codec, longest=6):
    return judge(law, subject(codec, longest=longest))


def wrapped(pcm):
    return (np.trunc(pcm.astype(np.float64) * 32768).astype(np.int64).astype(np.int16) / 32768).astype(np.float32)


def dither(pcm, frame):
    return 3e-5 * np.random.default_rng(frame).standard_normal(len(pcm)).astype(np.float32)


def hiss(level):
    return lambda pcm, frame: pcm + level(frame) * np.random.default_rng(frame).standard_normal(len(pcm))


@pytest.mark.parametrize(
    ("law", "codec", "words"),
    [
        ("sound", Spoilt(lambda pcm, _: 0 * pcm), "speech decodes to silence"),
        ("sound", Spoilt(lambda pcm, frame: pcm * (frame >= 30)), "speech decodes to one value, 0, for 0.59 s"),
        ("sound", Spoilt(lambda pcm, _: 0 * pcm - 1), "speech decodes to one constant value, -1"),
        ("sound", Spoilt(lambda pcm, at: 0 * pcm if 60 <= at < 80 else pcm), "one value, 0, for 0.40 s"),
        ("sound", Spoilt(lambda pcm, at: dither(pcm, at) if at >= 60 else pcm), "no more than -90 dB of full scale"),
        ("sound", Spoilt(lambda pcm, at: dither(pcm, at) - 0.9 if 60 <= at < 80 else pcm), "for 0.12 s"),
        ("sound", Spoilt(lambda pcm, at: dither(pcm, at) if at % 25 > 9 else pcm, inner="pcm"), "clear speech decodes"),
        ("finite-output", Spoilt(lambda pcm, _: 0 * pcm - 1), "silence: decodes to one constant value, -1"),
        ("level", Spoilt(lambda pcm, _: 0.1 * pcm), "at -20.3 dB of its input, declared are +0.0"),
        ("level", Spoilt(gain_db=-20.0), "declared are -20.0"),
        ("polarity", Spoilt(lambda pcm, _: -pcm), "decoded speech is inverted"),
        ("level", Spoilt(lambda pcm, at: pcm * 10 ** (-at / 1000)), "of its input from 4 s on"),
        ("polarity", Spoilt(lambda pcm, at: -pcm if at > 200 else pcm), "decoded speech is inverted from 4 s on"),
        ("full-scale", Spoilt(lambda pcm, _: wrapped(pcm), inner="pcm"), "come out with the other sign"),
        ("full-scale", Spoilt(before=wrapped, inner="pcm"), "they wrap round"),
        ("noise-floor", Spoilt(hiss(lambda at: min(0.05, 1e-4 * (at / 20) ** 4))), "larger at"),
    ],
)
def test_what_is_wrong_in_every_use_alike_is_found(law, codec, words):
    finding = found(law, codec, longest=9)
    assert finding.status is Status.BROKEN
    assert words in finding.observed


@pytest.mark.parametrize(
    ("law", "codec"),
    [
        ("level", Spoilt(lambda pcm, _: 0.1 * pcm, gain_db=-20.0)),
        ("level", Spoilt(lambda pcm, _: 0.8 * pcm)),
        ("full-scale", Spoilt(lambda pcm, _: wrapped(np.clip(pcm, -1, 0.9999)), inner="pcm")),
        ("noise-floor", Spoilt(hiss(lambda _: 0.01))),
        (
            "noise-floor",
            Spoilt(lambda pcm, at: pcm * (1 + 1e-8 * at), inner="pcm", stateful=True),
        ),  # rounding that grows
        ("sound", Spoilt(lambda pcm, _: np.round(8 * pcm) / 8)),  # coarse
        ("polarity", Spoilt(lambda pcm, _: np.round(16 * pcm) / 16)),
        (
            "sound",
            Spoilt(lambda pcm, at: pcm * np.float32(0.02) if 60 <= at < 80 else pcm),
        ),  # faint, for `level` to tell
        ("sound", Spoilt(lambda pcm, _: pcm if np.abs(pcm).max() > 0.01 else 0 * pcm)),  # a gate shuts pauses
        ("sound", Spoilt(lambda pcm, at: dither(pcm, at) + 0.001 * pcm, gain_db=-60.0)),
        (
            "full-scale",
            Spoilt(lambda pcm, at: dither(pcm, at) if np.abs(pcm).max() > 0.9 else pcm),
        ),  # mute wraps nothing
    ],
)
def test_what_is_declared_or_merely_coarse_is_not_accused(law, codec):
    finding = found(law, codec)
    assert finding.status is Status.HELD, finding.observed


def test_a_level_that_the_codec_sets_itself_is_not_asked():
    finding = found("level", Spoilt(lambda pcm, _: 0.1 * pcm, gain_db=None))
    assert (finding.status, finding.observed) == (
        Status.NOT_APPLICABLE,
        "the codec is declared to set its level itself",
    )


@pytest.mark.parametrize("law", ["delay", "level", "polarity", "full-scale"])
def test_where_the_output_does_not_follow_the_input_the_reason_is_told(law):
    garbled = Spoilt(lambda pcm, at: np.random.default_rng(at).standard_normal(len(pcm)) * 0.1)
    finding = found(law, garbled)
    assert finding.status is Status.NOT_APPLICABLE
    assert "the decoded waveform does not follow the input" in finding.observed


class Read(faults.Sound):
    """What is decoded is read at *places*, which are samples, as are their arguments."""

    def __init__(self, places):
        super().__init__("pcm")
        self.places = places
        self.info = dataclasses.replace(self.info, stateful=True)

    def wrap(self, instance):
        return Reading(self, instance)


class Reading(faults.SoundInstance):
    codec: Any
    held: Samples = np.zeros(0, np.float32)

    def decode(self, codes):
        done = len(self.held)
        self.held = np.concatenate([self.held, self.inner.decode(codes)])
        places = self.codec.places(np.arange(done, len(self.held)))
        return np.interp(places, np.arange(len(self.held)), self.held).astype(np.float32)


def test_a_clock_that_is_off_is_told_as_drift():
    finding = found("delay", Read(lambda at: at / 1.002), longest=10)
    assert finding.status is Status.BROKEN
    assert "the delay changes by" in finding.observed


def test_a_delay_that_grows_only_at_the_beginning_is_told():
    finding = found("delay", Read(lambda at: at - np.minimum(at // 320, 60)), longest=30)
    assert finding.status is Status.BROKEN
    assert finding.observed == "decoded speech lags by 60 samples from 4 s on, declared are 0"


@pytest.mark.parametrize("where", [(260, 310), (400, 450)])
def test_a_delay_that_is_off_for_a_second_is_found(where):
    finding = found("delay", Read(lambda at: at - 480 * ((at >= 320 * where[0]) & (at < 320 * where[1]))), longest=30)
    assert finding.status is Status.BROKEN
    assert "where the same is said, differs by 480 samples" in finding.observed


def clicks(often):
    def spoil(pcm, frame):
        if np.random.default_rng(frame).random() < often(frame):
            pcm[frame % len(pcm)] += 0.5
        return pcm

    return Spoilt(spoil)


def test_clicks_that_become_more_frequent_are_found():
    finding = found("noise-floor", clicks(lambda at: 0.08 * (at / 1500) ** 3), longest=30)
    assert finding.status is Status.BROKEN
    assert finding.observed == "27 clicks come in the second half of 30 s, 1 on equal speech before"
    assert found("noise-floor", clicks(lambda _: 0.05), longest=30).status is Status.HELD


def test_a_hum_that_begins_late_is_found_in_the_pauses():
    humming = Spoilt(lambda pcm, at: pcm + 3e-3 * (at > 700) * np.sin(np.arange(len(pcm))))
    finding = found("noise-floor", humming, longest=20)
    assert finding.status is Status.BROKEN
    assert "the noise floor at" in finding.observed
