"""Filters pass and stop what they say, by so many dB, at every rate; echoes are late by what they say."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import RATES, decibels, hiss, planted, response

from harness.codecs.protocol import Side
from harness.sensitivity import catalogue


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["low-pass", "low-passed-input"])
@pytest.mark.parametrize("kilohertz", [0.7, 1.5, 3.4, 7.0])
def test_a_low_pass_keeps_what_is_below_and_nothing_above(rate: int, name: str, kilohertz: float) -> None:
    edge = 1000 * kilohertz
    if edge >= rate / 2:
        np.testing.assert_array_equal(planted(name, kilohertz, hiss(rate), rate), hiss(rate))
        return
    assert np.abs(response(name, kilohertz, rate, [50, edge / 2, 0.9 * edge])).max() < 0.5
    stopped = np.arange(1.1 * edge + 120, rate / 2, 50)
    assert response(name, kilohertz, rate, stopped).max(initial=-99) < -35
    assert response(name, kilohertz, rate, [rate / 2]).max() < -25


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [20.0, 100.0, 400.0, 1600.0])
def test_a_high_pass_is_3_db_down_at_its_frequency_and_raises_nothing(rate: int, hertz: float) -> None:
    below, there, top = response("high-pass", hertz, rate, [hertz / 4, hertz, rate / 2])
    assert there == pytest.approx(-3.0, abs=0.1)
    assert below < -11.5
    assert top == pytest.approx(0.0, abs=0.05)
    assert response("high-pass", hertz, rate, np.arange(10, rate / 2, 25)).max() < 0.1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("per_octave", [0.5, 3.0])
def test_a_tilt_loses_so_many_decibels_an_octave(rate: int, per_octave: float) -> None:
    octaves = [hertz for hertz in (250, 500, 1000, 2000, 4000, 8000) if hertz < rate / 2]
    found = response("tilted", per_octave, rate, octaves)
    np.testing.assert_allclose(np.diff(found), -per_octave, atol=0.06 * per_octave)
    assert found[2] == pytest.approx(0.0, abs=0.15)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("size", [1.0, 6.0, 20.0])
def test_a_resonance_is_as_high_as_it_says_at_2_khz_alone(rate: int, size: float) -> None:
    peak, *elsewhere = response("resonance", size, rate, [2000, 500, 1500, 2500, 3500])
    assert peak == pytest.approx(size, abs=0.1 * size)
    assert np.abs(elsewhere).max() < 0.1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("name", "seconds"), [("echo", 0.08), ("comb", 0.002)])
def test_a_reflection_is_the_signal_itself_so_much_later_and_quieter(rate: int, name: str, seconds: float) -> None:
    pcm, late = hiss(rate), round(seconds * rate)
    found = planted(name, -20.0, pcm, rate) - pcm
    np.testing.assert_allclose(found[late:], 0.1 * pcm[:-late], atol=1e-6)
    assert not found[:late].any()


@pytest.mark.parametrize("times", [2.0, 3.0, 12.0])
def test_what_is_aliased_holds_one_of_so_many_samples(times: float) -> None:
    pcm = hiss(16_000)
    expected = np.repeat(pcm[:: int(times)], int(times))[: len(pcm)]
    np.testing.assert_array_equal(planted("aliased", times, pcm, 16_000, cuts=(1, 501)), expected)


@pytest.mark.parametrize("coefficient", [0.05, 0.95])
def test_pre_emphasis_is_a_first_difference(coefficient: float) -> None:
    low, high = response("pre-emphasis", coefficient, 16_000, [10, 8000])
    assert low == pytest.approx(decibels(1 - coefficient), abs=0.1)
    assert high == pytest.approx(decibels(1 + coefficient), abs=0.1)


def test_only_the_input_that_is_low_passed_is_before_the_encoder() -> None:
    assert catalogue.find("low-passed-input").plant.sides == (str(Side.ENCODER),)
    assert catalogue.find("low-pass").plant.sides == (str(Side.DECODER),)
