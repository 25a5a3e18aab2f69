"""Latents on the wire: what can be done to them is done in float32, and the rest is not applicable."""

from dataclasses import replace

import numpy as np
import pytest
from planted.decoders import Decoder

from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed
from harness.topology.applicable import not_applicable
from harness.topology.exact import compare
from harness.topology.setup import Configuration
from harness.topology.wire import OF_CODEBOOKS, OF_LATENTS, Wire, arriving, handed, send
from harness.topology.wire_catalogue import WIRES

LATENTS = np.random.default_rng(1).standard_normal((6, 10)).astype(np.float32)
CODES = np.arange(60).reshape(6, 10)
INTEGERS = Decoder("opus").info
CONTINUOUS = replace(INTEGERS, bins=0, latent_tolerance=1e-4)


def sent(codes=LATENTS, **wire):
    return send(Wire.model_validate(wire), codes, 0)


@pytest.mark.parametrize("fault", ["drop", "duplicate", "swap", "repeat-previous"])
def test_frames_of_latents_are_dropped_and_repeated_as_those_of_codes_are(fault):
    got, order = sent(fault=fault), sent(CODES, fault=fault)[0]
    assert got.dtype == np.float32
    assert np.array_equal(got, LATENTS[:, order])
    assert got.shape[1] == arriving(Wire(fault=fault), 10)


@pytest.mark.parametrize("codes", [LATENTS, CODES])
def test_a_shift_loses_the_last_and_begins_with_zeros(codes):
    got = sent(codes, fault="shift", count=3)
    assert got.dtype == codes.dtype
    assert not got[:, :3].any()
    assert np.array_equal(got[:, 3:], codes[:, :7])


@pytest.mark.parametrize("codes", [LATENTS, CODES + 1])
def test_frames_are_zeros_where_they_are_hit(codes):
    got = sent(codes, fault="zero-frame", pattern="..x")
    assert np.flatnonzero(~got.any(axis=0)).tolist() == [2, 5, 8]


def test_noise_is_as_loud_as_it_says_and_the_same_each_time():
    long = np.tile(LATENTS, 200)
    got = sent(long, fault="noise", noise_db=-20.0, seed=7)
    level = 20 * np.log10(np.std(got - long) / np.sqrt(np.mean(np.square(long))))
    assert abs(level + 20) < 0.1
    assert np.array_equal(got, sent(long, fault="noise", noise_db=-20.0, seed=7))
    assert not np.array_equal(got, sent(long, fault="noise", noise_db=-20.0, seed=8))


def test_latents_are_rounded_to_nearest_in_narrower_types():
    torch = pytest.importorskip("torch")
    ties = np.array([[1.0 + 2.0**-8, 1.0 + 3 * 2.0**-8, -1.0 - 2.0**-8, 3e38]], np.float32)
    for values in (LATENTS, ties):
        expected = torch.from_numpy(values).to(torch.bfloat16).float().numpy()
        assert np.array_equal(sent(values, fault="round", dtype="bfloat16"), expected)
    assert np.array_equal(sent(fault="round"), LATENTS.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("fault", OF_LATENTS)
def test_integers_have_no_noise_and_no_type_to_be_rounded_to(fault):
    with pytest.raises(CodecFailed, match="is of latents, and the codes are integers"):
        sent(CODES, fault=fault)


def test_a_decoder_is_handed_all_values_also_those_that_look_like_a_code_that_is_not_sent():
    latents = np.full((3, 4), -2.0, np.float32)
    (call,) = handed(latents)
    assert np.array_equal(call, latents)
    assert handed(latents[:, :0]) == []


@pytest.mark.parametrize("name", WIRES)
def test_a_wire_is_applicable_to_the_codes_that_it_is_of(name):
    broken = Configuration(codec=CodecSpec(name="c", adapter="pcm", options={}), wire=WIRES[name])
    fault = WIRES[name].fault
    assert (not_applicable(broken, CONTINUOUS) is not None) == (fault in OF_CODEBOOKS)
    assert (not_applicable(broken, replace(INTEGERS, encodes=True)) is not None) == (fault in OF_LATENTS)


def test_latents_differ_frame_by_frame_and_have_no_codebooks():
    pcm = np.zeros(10, np.float32)
    other = LATENTS.copy()
    other[2, 4] = np.nextafter(other[2, 4], np.float32(9))
    found = compare(other, pcm, LATENTS, pcm, 1, 0.0)
    assert (found.codes_equal, found.first_diverging_frame) == (False, 4)
    assert found.codebook_agreement == ()
    assert found.codes_differ == ()
