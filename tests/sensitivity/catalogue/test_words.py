"""Words that are others are speech from elsewhere, as long as they say, at a place where there is some."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import AT, RATES, decibels, hiss, lag, planted, rms

from harness.audio import speech
from harness.audio.waveform import Waveform
from harness.codecs.pcm import PcmCodec
from harness.runtime.resources import fixture
from harness.sensitivity import catalogue
from harness.sensitivity.catalogue.words import ELSEWHERE
from harness.sensitivity.places import Landscape


@pytest.mark.parametrize("rate", [*RATES, 44_100])
@pytest.mark.parametrize("name", ["words-replaced", "input-replaced"])
@pytest.mark.parametrize("milliseconds", [5.0, 200.0, 800.0])
def test_a_piece_is_what_was_said_before_and_the_rest_is_untouched(rate: int, name: str, milliseconds: float) -> None:
    pcm = hiss(rate, 2.0)
    heard = planted(name, milliseconds, pcm, rate, at=1.0)
    expected, count, back = pcm.copy(), round(milliseconds / 1000 * rate), round(ELSEWHERE * rate)
    expected[rate : rate + count] = pcm[rate - back : rate - back + count]
    np.testing.assert_allclose(heard, expected, atol=1e-7)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [10.0, 400.0, 800.0])
def test_a_piece_played_backwards_is_the_one_before_its_place(rate: int, milliseconds: float) -> None:
    pcm = hiss(rate, 2.0)
    heard = planted("words-backwards", milliseconds, pcm, rate, at=1.0)
    expected, count = pcm.copy(), round(milliseconds / 1000 * rate)
    expected[rate : rate + count] = pcm[rate - count + 1 : rate + 1][::-1]
    np.testing.assert_array_equal(heard, expected)


def test_a_place_between_two_samples_is_that_of_the_nearest() -> None:
    pcm = hiss(16_000, 2.0)
    for name in ("words-backwards", "words-replaced", "gap", "stutter", "first-word-cut"):
        between, on = (planted(name, 20.0, pcm, 16_000, at=at) for at in (1.00002, 1.0))
        np.testing.assert_array_equal(between, on, err_msg=name)


def test_where_words_are_replaced_there_are_others_to_take() -> None:
    quiet = []
    for utterance in speech.load(fixture("speech")):
        waveform, count = utterance.waveform(), 0.1
        landscape, rate = Landscape(waveform), waveform.sample_rate
        for seed in range(8):
            at = landscape.place(catalogue.find("words-replaced"), seed, PcmCodec().info).at
            first = round((at - ELSEWHERE) * rate)
            taken = waveform.samples[max(0, first) : max(0, first) + round(count * rate)]
            quiet.append(first < 0 or decibels(rms(taken) / landscape.level) < -25)
    assert sum(quiet) == 0
    assert len(quiet) > 100


def test_speech_that_is_too_short_to_take_other_words_from_has_a_place_all_the_same() -> None:
    short = Landscape(Waveform(hiss(16_000, 0.4), 16_000))
    fault = catalogue.find("words-replaced")
    assert 0 < short.place(fault, 0, PcmCodec().info).at < 0.4


@pytest.mark.parametrize("rate", RATES)
def test_other_talkers_are_as_loud_as_they_say(rate: int) -> None:
    pcm = hiss(rate, 4.0)
    others = (planted("babble", -20.0, pcm, rate) - pcm)[2 * rate :]
    assert decibels(rms(others) / rms(pcm)) == pytest.approx(-20.0, abs=0.5)
    assert lag(pcm[2 * rate :], others) != 0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [50.0, 200.0, 800.0])
def test_a_room_falls_by_60_db_in_so_many_milliseconds_and_is_6_db_below(rate: int, milliseconds: float) -> None:
    impulse = np.zeros(2 * rate, np.float32)
    impulse[rate // 2] = 1.0
    room = planted("smeared", milliseconds, impulse, rate)[rate // 2 :]
    assert room[0] == 1.0
    tail = room[1:]
    assert decibels(np.linalg.norm(tail)) == pytest.approx(-6.0, abs=0.1)
    length = round(milliseconds / 1000 * rate)
    assert np.abs(tail[length:]).max() < 1e-12
    early, late = (rms(tail[round(share * length) :][: length // 4]) for share in (0.0, 0.5))
    assert decibels(early / late) == pytest.approx(30.0, abs=4.0)


def test_a_room_is_another_with_another_seed() -> None:
    first, again, other = (planted("smeared", 100.0, hiss(8_000), 8_000, at=AT, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
