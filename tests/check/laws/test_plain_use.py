"""The plain use is held against the uncoded speech: what is wrong in every use alike is found."""

import numpy as np
import pytest
from planted.innocent import OneBit, Telephone
from planted.spoilt import Spoilt

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


def found(law, codec, longest=6):
    return judge(law, subject(codec, longest=longest))


def wrapped(pcm):
    return (np.trunc(pcm.astype(np.float64) * 32768).astype(np.int64).astype(np.int16) / 32768).astype(np.float32)


def dither(pcm, frame):
    return 3e-5 * np.random.default_rng(frame).standard_normal(len(pcm)).astype(np.float32)


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
        ("level", Telephone(0.6), "of its input, declared are +0.0"),
        ("level", Spoilt(lambda pcm, _: pcm + 0.2, inner="pcm"), "decoded speech lies on a constant of +0.2"),
        ("polarity", Spoilt(lambda pcm, _: -pcm), "decoded speech is inverted"),
        ("level", Spoilt(lambda pcm, at: pcm * 10 ** (-at / 1000)), "of its input from 4 s on"),
        ("polarity", Spoilt(lambda pcm, at: -pcm if at > 200 else pcm), "decoded speech is inverted from 4 s on"),
        ("full-scale", Spoilt(lambda pcm, _: wrapped(pcm), inner="pcm"), "come out with the other sign"),
        ("full-scale", Spoilt(before=wrapped, inner="pcm"), "they wrap round"),
        ("full-scale", Spoilt(lambda pcm, _: wrapped(3 * pcm) / 3), "of the samples above 0.3 come out with the other"),
        ("level", Spoilt(lambda pcm, at: pcm + min(at * 1e-3, 0.2)), "decoded speech lies on a constant of +0."),
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
        ("level", Telephone()),  # 4 dB quieter in all, by what lies below 300 Hz
        ("full-scale", OneBit()),  # on its way from one end to the other
        ("full-scale", Spoilt(lambda pcm, _: wrapped(np.clip(pcm, -1, 0.9999)), inner="pcm")),
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
