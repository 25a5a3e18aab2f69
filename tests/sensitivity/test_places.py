"""Where an utterance is loud, and where a pause or its end is; without such a place, its end is told."""

from dataclasses import replace

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.codecs.pcm import PcmCodec
from harness.sensitivity import catalogue
from harness.sensitivity.fault import Where
from harness.sensitivity.places import Landscape

RATE, WINDOW = 16_000, 320


def spoken(*parts: tuple[float, int]) -> Landscape:
    """Return speech of parts, each an amplitude for so many windows of 20 ms."""
    level = np.repeat([amplitude for amplitude, _ in parts], [count * WINDOW for _, count in parts])
    return Landscape(Waveform((level * np.where(np.arange(len(level)) % 2, 1, -1)).astype(np.float32), RATE))


def test_speech_begins_and_ends_with_its_loud_windows() -> None:
    found = spoken((0.0, 5), (0.1, 20), (0.001, 3), (0.1, 10), (0.0, 30))
    assert (found.first, found.last) == pytest.approx((0.1, 0.76))
    assert found.tail == pytest.approx(0.6)
    assert found.level == pytest.approx(0.1)
    assert found.at(Where.BEGINNING, 0) == found.first
    assert found.at(Where.ENDING, 0) == found.last
    assert found.at(Where.TAIL, 0) == pytest.approx(found.last + 0.1)
    assert found.at(Where.EVERYWHERE, 0) == 0.0


@pytest.mark.parametrize(("windows", "there"), [(6, False), (7, True)])
def test_a_pause_has_seven_windows_or_more_and_begins_after_the_first(windows: int, there: bool) -> None:
    found = spoken((0.1, 20), (0.0001, windows), (0.1, 20))
    assert found.pauses == ([pytest.approx(0.42)] if there else [])
    assert found.has(Where.PAUSE) is there
    assert found.at(Where.PAUSE, 0) == pytest.approx(0.42 if there else found.waveform.seconds)


def test_a_pause_at_the_end_is_one_too() -> None:
    assert len(spoken((0.1, 20), (0.0, 10)).pauses) == 1


@pytest.mark.parametrize(("silent", "there"), [(5, False), (6, False), (7, True)])
def test_after_the_speech_there_is_room_for_more_than_a_window(silent: int, there: bool) -> None:
    assert spoken((0.1, 40), (0.0, silent)).has(Where.TAIL) is there


def test_a_place_in_speech_is_clear_and_drawn_by_its_seed() -> None:
    found = spoken((0.1, 10), (0.015, 30), (0.1, 10))  # the middle is 16 dB below
    drawn = [found.at(Where.SPEECH, seed) for seed in range(40)]
    assert len(set(drawn)) > 5
    assert drawn == [found.at(Where.SPEECH, seed) for seed in range(40)]
    assert all(0 < at < 0.2 or 0.8 <= at < 0.98 for at in drawn)


def test_what_is_planted_behind_a_decoder_comes_later_by_what_the_codec_lags() -> None:
    found, info = spoken((0.1, 40), (0.0, 40)), replace(PcmCodec().info, delay=160, start_up=320)
    by_side = {}
    for fault in (*catalogue.FAULTS.values(), *catalogue.BENIGN.values()):
        if fault.where is Where.ENDING:
            by_side["decoder" in fault.plant.sides] = found.place(fault, 0, info).at
    assert by_side.get(True, 0.83) == pytest.approx(0.83)
    assert by_side.get(False, 0.8) == pytest.approx(0.8)
    assert by_side
    everywhere = next(one for one in catalogue.FAULTS.values() if not one.once and "decoder" in one.plant.sides)
    assert found.place(everywhere, 0, info).at == 0.0


def test_speech_that_is_shorter_than_a_window_has_places_too() -> None:
    found = Landscape(Waveform(np.full(100, 0.1, np.float32), RATE))
    assert found.level > 0
    assert all(0 <= found.at(where, 0) <= WINDOW / RATE for where in Where)
    assert not found.has(Where.PAUSE)
    assert not found.has(Where.TAIL)


def test_a_place_in_speech_can_ask_for_speech_before_it() -> None:
    found = spoken((0.1, 20), (0.0001, 20), (0.1, 40))  # 0.4 s of speech, a pause of 0.4 s, 0.8 s of speech
    after = [found.at(Where.SPEECH, seed, of=0.5) for seed in range(40)]
    assert all(0.79 < at < 0.89 or at > 1.29 for at in after)
    assert len(set(after)) > 5
    assert 0 < found.at(Where.SPEECH, 0, of=5.0) < 1.6
