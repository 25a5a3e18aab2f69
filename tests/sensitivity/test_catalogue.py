"""The catalogue of faults: complete, graded, and planted alike however a stream is cut into calls."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sensitivity.catalogue.planting import RATES, hiss, planted

from harness.audio import speech
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid
from harness.runtime.resources import fixture
from harness.sensitivity import catalogue
from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.places import Landscape
from harness.sensitivity.plants import Around, OnCodes, OnSamples

EFFECTS = [
    row
    for row in (*catalogue.FAULTS.values(), *catalogue.BENIGN.values())
    if isinstance(row.plant, OnSamples | OnCodes)
]
UNCHANGED = {"wav-24", "flac-16"}  # speech of 16 bits, through a codec that changes nothing
OF_ONE_ENERGY = {"reversed-pieces", "smeared"}  # what is changed is as loud at every size, and heard sooner or later
UTTERANCE = {one.id: one for one in speech.load(fixture("speech"))}["heart-04"]
LANDSCAPE = Landscape(UTTERANCE.waveform())


def spoken(codec) -> np.ndarray:
    samples = UTTERANCE.waveform().samples[8_000:28_800]
    frames = len(samples) // codec.info.frame_size
    return samples[: frames * codec.info.frame_size]


def through(fault: Fault, step: int, chunk: int, seed: int = 0) -> np.ndarray:
    plain = load("pcm", {})
    place = replace(LANDSCAPE.place(fault, seed, plain.info), at=0.0 if fault.where is Where.EVERYWHERE else 0.9)
    spoilt = load(
        "harness.sensitivity.planted:PlantedCodec",
        {"of": "pcm", "given": {}, "fault": fault.name, "size": fault.sizes[step], "place": vars(place)},
    )
    instance, samples, size = spoilt.open(), spoken(plain), plain.info.frame_size * chunk
    parts = [instance.encode(samples[at : at + size]) for at in range(0, len(samples), size)]
    return np.concatenate([instance.decode(codes) for codes in parts])


def test_there_are_about_sixty_faults_in_ten_families_and_about_twenty_five_benign_changes():
    families = Counter(row.family for row in catalogue.FAULTS.values())
    assert len(catalogue.FAULTS) >= 60
    assert set(families) == set(Family) - {Family.BENIGN}
    assert min(families.values()) >= 4
    assert len(catalogue.BENIGN) >= 25


def test_a_fault_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(UsageInvalid, match=r"gain-of-nothing.*quieter"):
        catalogue.find("gain-of-nothing")


@pytest.mark.parametrize("row", EFFECTS, ids=lambda row: row.name)
def test_it_is_the_same_however_the_stream_is_cut(row: Fault):
    step = len(row.sizes) // 2
    whole, pieces = (np.nan_to_num(through(row, step, chunk)) for chunk in (1000, 3))
    np.testing.assert_allclose(pieces, whole, atol=1e-6)


@pytest.mark.parametrize("row", [row for row in EFFECTS if isinstance(row.plant, OnSamples)], ids=lambda row: row.name)
def test_larger_sizes_change_more(row: Fault):
    plain = spoken(load("pcm", {}))
    change = [float(np.mean(np.square(through(row, step, 1000) - plain))) for step in (0, len(row.sizes) - 1)]
    assert change[-1] > 0 or row.name in UNCHANGED
    assert len(row.sizes) == 1 or change[1] > change[0] or row.name in OF_ONE_ENERGY


def test_a_clone_goes_on_by_itself():
    fault = catalogue.find("echo")
    place = LANDSCAPE.place(fault, 0, load("pcm", {}).info)
    given = {"of": "pcm", "given": {}, "fault": "echo", "size": -6.0, "place": vars(place)}
    one = load("harness.sensitivity.planted:PlantedCodec", given).open()
    samples = spoken(load("pcm", {}))
    one.decode(one.encode(samples[:9600]))
    two = one.clone()
    two.decode(two.encode(np.zeros(3200, np.float32)))
    fresh = load("harness.sensitivity.planted:PlantedCodec", given).open()
    fresh.decode(fresh.encode(samples[:9600]))
    rest = samples[9600:16000]
    np.testing.assert_array_equal(one.decode(one.encode(rest)), fresh.decode(fresh.encode(rest)))
    one.reset(Side.BOTH)
    assert np.array_equal(one.decode(one.encode(rest))[:320], rest[:320])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("row", [row for row in EFFECTS if isinstance(row.plant, OnSamples)], ids=lambda row: row.name)
def test_whatever_is_spoken_at_whatever_rate_it_is_as_long_and_finite(row: Fault, rate: int):
    spoken = {"silence": np.zeros(rate, np.float32), "a sample": np.full(1, 0.3, np.float32),
              "nothing": np.zeros(0, np.float32), "beyond full scale": 40 * hiss(rate)}  # fmt: skip
    for told, pcm in spoken.items():
        for size in (row.sizes[0], row.sizes[-1]):
            heard = planted(row.name, size, pcm, rate, at=0.4)
            assert len(heard) == len(pcm), (told, size)
            assert np.isfinite(heard).all(), (told, size)


def test_places_are_where_they_say():
    for seed in range(20):
        at = LANDSCAPE.at(Where.SPEECH, seed)
        assert LANDSCAPE.first < at < LANDSCAPE.last
    assert LANDSCAPE.at(Where.TAIL, 0) > LANDSCAPE.last
    assert LANDSCAPE.at(Where.EVERYWHERE, 0) == 0.0


def test_every_fault_in_an_adapter_names_a_side():
    assert all(row.plant.sides for row in catalogue.FAULTS.values())
    assert all(row.shows_in or isinstance(row.plant, Around) or row.plant.sides for row in catalogue.FAULTS.values())
