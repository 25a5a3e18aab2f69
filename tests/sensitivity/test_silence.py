"""The suite's own speech with silence on either side: of its own kind, and of the piece that was spoken."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sensitivity.scripted import subject

from harness.audio.waveform import Waveform, write
from harness.sensitivity.fault import Where
from harness.sensitivity.places import Landscape
from harness.sensitivity.silence import FLOOR, SECONDS, padded, silent_subject

RATE = 16_000
PAD = round(SECONDS * RATE)


def speech(background: float) -> Waveform:
    """Return two words of noise at -20 dB with *background* between and around them, as an RMS of full scale."""
    drawn = np.random.default_rng(5).standard_normal(RATE)
    loud = np.repeat([0.0, 0.1, 0.0, 0.1, 0.0], RATE // 5)
    return Waveform((drawn * np.maximum(loud, background)).astype(np.float32), RATE)


@pytest.mark.parametrize(
    ("background", "silence"),
    [
        (3e-4, 3e-4),
        (1e-5, 1e-5),
        (0.0, 0.0),
        (0.02, FLOOR),  # it is never quiet, so what is taken for its quietest sound would be speech
    ],
)
def test_the_silence_is_as_loud_as_the_pauses_of_the_speech(background: float, silence: float) -> None:
    made = padded(speech(background))
    assert len(made.samples) == RATE + 2 * PAD
    np.testing.assert_array_equal(made.samples[PAD:-PAD], speech(background).samples)
    for side in (made.samples[:PAD], made.samples[-PAD:]):
        assert np.sqrt(np.square(side.astype(np.float64)).mean()) == pytest.approx(silence, rel=0.25)
    assert Landscape(made).has(Where.TAIL)
    assert Landscape(made).has(Where.PAUSE)


def test_each_utterance_is_padded_also_as_the_other_speech_and_nothing_is_left_behind() -> None:
    plain = subject()
    with silent_subject(plain) as padded_subject:
        assert list(padded_subject.speech) == list(plain.speech)
        paths = []
        for name, (one, other) in padded_subject.speech.items():
            assert other is padded_subject.speech[other.id][0]
            assert one.waveform().seconds == pytest.approx(plain.speech[name][0].seconds + 2 * SECONDS)
            assert padded_subject.landscape(name).first >= SECONDS - 0.02
            paths.append(one.path)
        assert all(path.exists() for path in paths)
    assert not any(path.exists() for path in paths)


def test_of_speech_that_is_a_part_of_a_file_that_part_is_padded(tmp_path: Path) -> None:
    write(tmp_path / "both.wav", Waveform(np.concatenate([speech(0.0).samples, speech(1e-4).samples]), RATE))
    plain = subject()
    name, (one, other) = next(iter(plain.speech.items()))
    part = replace(one, path=tmp_path / "both.wav", sha256=None, read_sha256=None, offset=1.0, duration=1.0)
    with silent_subject(replace(plain, speech={name: (part, other)})) as padded_subject:
        made = padded_subject.speech[name][0].waveform()
    np.testing.assert_allclose(made.samples[PAD:-PAD], part.waveform().samples, atol=2e-5)


def test_speech_of_the_suite_has_a_place_for_a_fault_after_its_last_word() -> None:
    with silent_subject(subject()) as padded_subject:
        assert all(padded_subject.landscape(name).has(Where.TAIL) for name in padded_subject.speech)
