"""Every built-in codec keeps every law, and every planted fault breaks the law that it should."""

import functools

import numpy as np
import pytest
from planted import faults
from planted.laws import FRAMES, LAWS

from harness.audio.waveform import Samples, read
from harness.codecs.loading import BUILT_IN, load
from harness.codecs.protocol import Codec
from harness.errors import CodecFailed
from harness.runtime.resources import fixture

# Weights, a program, or a package with known defects: their own tests say which laws they keep.
NEEDS_MORE = {
    "mimi",
    "rustymimi",
    "transformers-mimi",
    "encodec",
    "dac",
    "snac",
    "command",
    "server",
    "codec2",
    "pyav-opus",
}

# Fault: the law that catches it, and the words by which.
BREAKS = {
    "OneFrameLate": ("delay_is_as_declared", r"measured \d+ samples, declared 104"),
    "DropsLastFrame": ("output_has_the_promised_form", "samples out = samples in"),
    "OneSampleLong": ("output_has_the_promised_form", "samples out = samples in"),
    "HalfGain": ("chunked_equals_whole", "Not equal to tolerance"),
    "AliasingClone": ("clone_continues_and_is_independent", "source, cloned after 0 frames"),
    "FreshClone": ("clone_continues_and_is_independent", "clone, cloned after 8 frames"),
    "ForgetfulReset": ("reset_equals_fresh", "side=<Side.ENCODER"),
    "ResetsBothSides": ("reset_of_one_side_leaves_the_other", "Arrays are not equal"),
    "SharedInstance": ("instances_share_nothing", "Arrays are not equal"),
    "EncodingDisturbsDecoding": ("sides_do_not_disturb_each_other", "Arrays are not equal"),
    "Unrepeatable": ("same_input_same_output", "Arrays are not equal"),
    "Noisy": ("same_input_same_output", "Arrays are not equal"),
    "LiveState": ("state_is_a_copy", "libopus says 'invalid argument'"),  # its own settings were overwritten
    "ReturnsNan": ("output_has_the_promised_form", "NaN or infinite samples"),
    "RaisesHalfWay": ("output_has_the_promised_form", "planted: no more than ten frames"),
    "WrongShape": ("output_has_the_promised_form", "codes of shape"),
    "WrongType": ("output_has_the_promised_form", "codes of type float64"),
    "PadsSilently": ("illegal_chunks_are_refused", "DID NOT RAISE"),
}

LONGER = {"Pooled", "ResetForgetsDecoder", "SecondOff", "Slots", "WarmsUp"}


@functools.cache
def codec(name: str) -> Codec:
    return load(name, {})


@functools.cache
def speech(utterance: str, rate: int, frame_size: int) -> Samples:
    waveform = read(fixture("speech") / f"{utterance}.flac")
    assert waveform.sample_rate == rate
    start = int(0.55 * rate)  # every file begins with half a second of silence
    samples = waveform.samples[start : start + FRAMES * frame_size]
    assert len(samples) == FRAMES * frame_size
    assert np.sqrt(np.mean(samples**2)) > 0.02
    return samples


def check(law: str, subject: Codec) -> None:
    LAWS[law](subject, *two_streams(subject))


def two_streams(subject: Codec) -> tuple[Samples, Samples]:
    rate, size = subject.info.sample_rate, subject.info.frame_size
    return speech("heart-01", rate, size), speech("slt-01", rate, size)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", sorted(BUILT_IN.keys() - NEEDS_MORE))
def test_built_in_codec_keeps_the_law(name: str, law: str) -> None:
    check(law, codec(name))


def test_every_planted_fault_is_in_the_table() -> None:
    """Those of LONGER show only over many instances or processes, which `check` and `bisect` try: see their tests."""
    planted = {name for name, kind in vars(faults).items() if isinstance(kind, type) and issubclass(kind, faults.Sound)}
    assert planted == {"Sound", *BREAKS, *LONGER}


@pytest.mark.parametrize("fault", BREAKS)
def test_planted_fault_breaks_its_law(fault: str) -> None:
    subject = load(f"planted.faults:{fault}", {})
    streams = two_streams(subject)
    law, words = BREAKS[fault]
    with pytest.raises((AssertionError, RuntimeError, CodecFailed, pytest.fail.Exception), match=words):
        LAWS[law](subject, *streams)


@pytest.mark.parametrize("law", LAWS)
def test_the_wrapper_around_the_faults_breaks_nothing(law: str) -> None:
    check(law, load("planted.faults:Sound", {}))
