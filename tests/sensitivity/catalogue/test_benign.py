"""Benign changes change no more than they say: so little that nobody hears it."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import RATES, decibels, hiss, lag, planted, rms, through, tone

from harness.codecs.spec import CodecSpec
from harness.sensitivity.catalogue import BENIGN, VARIANTS, find
from harness.sensitivity.plants import EXAMPLE, OnWiring
from harness.topology.model import Topology
from harness.topology.setup import Configuration
from harness.topology.variants import STEPS

PLAIN = Configuration(codec=CodecSpec(name="it", adapter="opus", options={}))
WIRED = {
    "two-frames-a-call": "chunk",
    "five-frames-a-call": "chunk",
    "sequential": "order",
    "separate": "decoder.instance",
    "neighbour": "neighbour",
    "reset-at-start": "encoder.reset decoder.reset",
    "cloned-decoder": "decoder.instance",
    "handover": "decoder.instance decoder.cloned",
    "refused-call": "decoder.refused",
}


@pytest.mark.parametrize("name", [name for name in BENIGN if "dither" in name])
def test_dither_is_as_loud_as_that_of_so_many_bits(name: str) -> None:
    bits = find(name).sizes[0]
    pcm = np.zeros(48_000, np.float32)
    found = planted(name, bits, pcm, 16_000)
    assert rms(found) == pytest.approx(2 ** (1 - bits) / np.sqrt(12), rel=0.03)
    assert not np.array_equal(planted(name, bits, pcm, 16_000, seed=1), found)


@pytest.mark.parametrize("name", ["wav-24", "flac-16"])
def test_what_is_kept_in_so_many_bits_is_half_a_step_off_at_most(name: str) -> None:
    bits = find(name).sizes[0]
    pcm = (8 * hiss(16_000)).astype(np.float32)
    heard = planted(name, bits, pcm, 16_000)
    assert np.abs(heard - pcm).max() <= 2.0**-bits * 1.001 + np.spacing(np.abs(pcm).max())
    np.testing.assert_array_equal(planted(name, bits, heard, 16_000), heard)


@pytest.mark.parametrize(
    ("name", "change"), [("0.05-dB-louder", 0.05), ("0.05-dB-quieter", -0.05), ("input-0.05-dB", 0.05)]
)
def test_a_level_is_off_by_a_twentieth_of_a_decibel(name: str, change: float) -> None:
    pcm = hiss(16_000)
    np.testing.assert_allclose(decibels(planted(name, find(name).sizes[0], pcm, 16_000) / pcm), change, atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["all-pass", "input-all-pass"])
def test_an_all_pass_keeps_levels_and_polarity_and_is_late_by_less_than_a_millisecond(rate: int, name: str) -> None:
    impulse = np.zeros(rate, np.float32)
    impulse[0] = 1.0
    spectrum = np.fft.rfft(planted(name, find(name).sizes[0], impulse, rate).astype(np.float64))
    np.testing.assert_allclose(decibels(spectrum), 0.0, atol=1e-3)
    assert spectrum[0].real > 0.99
    late = -np.diff(np.unwrap(np.angle(spectrum))) / (2 * np.pi)  # seconds, as bins are 1 Hz apart
    assert 0 <= late.max() < 1e-3


@pytest.mark.parametrize("name", ["last-bit", "input-last-bit"])
def test_the_last_bit_is_another_and_none_before_it(name: str) -> None:
    pcm = (20 * hiss(16_000)).astype(np.float32)
    heard = planted(name, 1.0, pcm, 16_000)
    steps = np.abs(heard.view(np.int32).astype(np.int64) - pcm.view(np.int32))
    assert (steps > 0).mean() > 0.3
    assert steps.max() <= 2**3
    assert not planted(name, 1.0, np.zeros(1_000, np.float32), 16_000).any()


def test_a_constant_is_of_minus_80_db() -> None:
    pcm = hiss(16_000)
    np.testing.assert_allclose(planted("dc-0.0001", 1e-4, pcm, 16_000) - pcm, 1e-4, atol=1e-7)


@pytest.mark.parametrize("rate", [*RATES, 44_100])
def test_what_is_late_is_late_by_a_fifth_of_a_millisecond_and_by_whole_samples(rate: int) -> None:
    pcm = hiss(rate)
    heard = planted("0.2-ms-late", 0.2, pcm, rate)
    late = round(0.2 / 1000 * rate)
    assert lag(pcm, heard) == late
    np.testing.assert_array_equal(heard[late:], pcm[: len(pcm) - late])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["resampled", "resampled-96", "input-16"])
def test_the_input_is_what_it_was_but_for_what_16_bits_round(rate: int, name: str) -> None:
    pcm = tone(440, rate)
    fed = through(name, 1.0, pcm, rate)
    assert len(fed) == pytest.approx(len(pcm), abs=2)
    middle = slice(rate // 4, 3 * rate // 4)
    assert np.abs(fed[middle] - pcm[middle]).max() < 1e-4


@pytest.mark.parametrize("name", [name for name, row in BENIGN.items() if isinstance(row.plant, OnWiring)])
def test_another_wiring_is_other_in_what_it_says_alone(name: str) -> None:
    made = find(name).plant.into(PLAIN, name, 1.0, EXAMPLE).topology.factors()
    usual = Topology().factors()
    changed = {key.removeprefix("topology.") for key in made if made[key] != usual[key]}
    assert changed - {"switch"} == set(WIRED[name].split())


@pytest.mark.parametrize(("row", "step"), list(zip(VARIANTS.values(), STEPS, strict=True)), ids=list(VARIANTS))
def test_a_variant_is_louder_by_its_step(row, step: float) -> None:
    pcm = tone(440, 16_000)
    assert decibels(rms(through(row.name, row.sizes[0], pcm, 16_000)) / rms(pcm)) == pytest.approx(step, abs=1e-3)
