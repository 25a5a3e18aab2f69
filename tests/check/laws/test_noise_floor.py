"""Noise, clicks and hum that grow with the stream are told; what is there from the beginning is not."""

import numpy as np
import pytest
from planted.spoilt import Spoilt

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


def found(codec, longest=6):
    return judge("noise-floor", subject(codec, longest=longest))


def hiss(level):
    return lambda pcm, frame: pcm + level(frame) * np.random.default_rng(frame).standard_normal(len(pcm))


def test_an_error_that_grows_on_equal_speech_is_found():
    finding = found(Spoilt(hiss(lambda at: min(0.05, 1e-4 * (at / 20) ** 4))), longest=9)
    assert finding.status is Status.BROKEN
    assert "larger at" in finding.observed


@pytest.mark.parametrize(
    "codec",
    [
        Spoilt(hiss(lambda _: 0.01)),
        Spoilt(lambda pcm, at: pcm * (1 + 1e-8 * at), inner="pcm", stateful=True),  # rounding that grows
    ],
)
def test_what_is_there_from_the_beginning_is_not_accused(codec):
    finding = found(codec)
    assert finding.status is Status.HELD, finding.observed


def clicks(often):
    def spoil(pcm, frame):
        if np.random.default_rng(frame).random() < often(frame):
            pcm[frame % len(pcm)] += 0.5
        return pcm

    return Spoilt(spoil)


def test_clicks_that_become_more_frequent_are_found():
    finding = found(clicks(lambda at: 0.08 * (at / 1500) ** 3), longest=30)
    assert finding.status is Status.BROKEN
    assert finding.observed == "27 clicks come in the second half of 30 s, 1 on equal speech before"
    assert found(clicks(lambda _: 0.05), longest=30).status is Status.HELD


def test_a_hum_that_begins_late_is_found_in_the_pauses():
    humming = Spoilt(lambda pcm, at: pcm + 3e-3 * (at > 700) * np.sin(np.arange(len(pcm))))
    finding = found(humming, longest=20)
    assert finding.status is Status.BROKEN
    assert "the noise floor at" in finding.observed


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda pcm, at: pcm[::-1] if 150 <= at < 160 else pcm, "dB larger at"),
        (hiss(lambda at: 2e-3 * (120 <= at < 190)), "dB higher than on equal input at"),
    ],
)
def test_what_is_worse_for_a_while_early_in_the_stream_is_found(spoil, words):
    finding = found(Spoilt(spoil), longest=20)
    assert finding.status is Status.BROKEN
    assert words in finding.observed


def test_a_codec_that_finds_its_way_at_the_beginning_is_not_accused():
    finding = found(Spoilt(hiss(lambda at: 0.02 * (at < 90))), longest=20)
    assert finding.status is Status.HELD, finding.observed
