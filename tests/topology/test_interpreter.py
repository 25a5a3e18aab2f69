from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.errors import CodecFailed
from harness.topology.catalogue import TOPOLOGIES, find
from harness.topology.interpreter import encoding_steps, run_topology
from harness.topology.model import DecoderWiring, Topology
from harness.topology.plan import plan
from harness.topology.trace import whole_frames
from harness.topology.wire import Wire

RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def opus():
    return load("opus", {"bitrate": 16000})


def tone(seconds, hertz=220, rate=16000):
    at = np.arange(int(seconds * rate)) / rate
    wobble = 1 + 0.3 * np.sin(2 * np.pi * 3 * at)
    return (0.3 * wobble * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def run(codec, topology, main=None, other=None, **options):
    main = whole_frames(tone(0.6) if main is None else main, codec.info)
    return run_topology(topology, codec, main, tone(0.5, 330) if other is None else other, prior_frames=5, **options)


def test_pcm_comes_through_every_topology_bit_for_bit():
    pcm = load("pcm", {})
    main = RNG.standard_normal(16000).astype(np.float32)
    for name, entry in TOPOLOGIES.items():
        if entry.topology.end != "flush":  # it has no such end
            continue
        trace = run(pcm, entry.topology, main)
        assert np.array_equal(trace.pcm[:16000], main), name


@pytest.mark.parametrize(
    "name",
    [
        "separate", "cloned-decoder", "cloned-after-encode", "handover", "reuse-after-reset", "neighbour",
        "neighbour-of-clone", "full-duplex", "one-call", "handover-late", "cloned-encoder", "handover-encoder",
        "handover-encoder-late", "neighbour-of-encoder-clone",
    ],
)  # fmt: skip
def test_opus_does_not_care_for_harmless_wirings(opus, name):
    expected, got = run(opus, Topology()), run(opus, find(name).topology)
    assert np.array_equal(expected.codes, got.codes)
    assert np.array_equal(expected.pcm, got.pcm)


@pytest.mark.parametrize(
    "name", ["reset-every-frame-decoder", "cross-talk", "dirty-clone", "takeover", "aliased-clone"]
)
def test_opus_output_changes_with_harmful_wirings_of_the_decoder_only(opus, name):
    expected, got = run(opus, Topology()), run(opus, find(name).topology)
    assert np.array_equal(expected.codes, got.codes)
    assert not np.array_equal(expected.pcm, got.pcm)


def test_codes_are_reused_only_where_nothing_but_encoding_touched_the_instance():
    pure = encoding_steps(plan(find("separate").topology, 3))
    assert pure == encoding_steps(plan(find("reset-every-frame-decoder").topology, 3))
    assert encoding_steps(plan(find("shared").topology, 3)) is None
    assert encoding_steps(plan(find("cloned-decoder").topology, 3)) is None


@pytest.mark.parametrize("name", ["neighbour", "batched-2", "full-duplex"])
def test_codes_that_others_may_disturb_are_never_reused(name):
    separate = find(name).topology.model_copy(update={"decoder": DecoderWiring(instance="separate")})
    assert encoding_steps(plan(separate, 3)) is None


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("SharedInstance", "neighbour"),
        ("AliasingClone", "neighbour-of-clone"),
        ("EncodingDisturbsDecoding", "full-duplex"),
    ],
)
def test_a_faulty_codec_is_caught_by_the_wiring_that_uses_what_is_broken(fault, name):
    codec = load(f"planted.faults:{fault}", {})
    expected, got = run(load("opus", {}), Topology()), run(codec, find(name).topology)
    assert not np.array_equal(expected.pcm, got.pcm)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("FreshClone", "handover-encoder"),
        ("FreshClone", "handover-encoder-late"),
        ("AliasingClone", "neighbour-of-encoder-clone"),
    ],
)
def test_a_faulty_clone_of_an_encoder_is_caught_by_its_codes(fault, name):
    codec = load(f"planted.faults:{fault}", {})
    expected, got = run(load("opus", {}), Topology()), run(codec, find(name).topology)
    assert not np.array_equal(expected.codes, got.codes)


def test_what_a_codec_cannot_do_is_said(opus):
    with pytest.raises(CodecFailed, match=r"batch = 3: the codec opus has no batched calls"):
        run(opus, find("batched-3").topology)
    with pytest.raises(CodecFailed, match=r"the codec opus cannot forget a module"):
        run(opus, find("reset-sparing-upsample").topology)


def test_reused_codes_give_the_same_trace_with_fewer_calls(opus):
    before = {}
    first = run(opus, find("separate").topology, encoded_before=before)
    again = run(opus, find("separate").topology, encoded_before=before)
    assert np.array_equal(first.codes, again.codes)
    assert np.array_equal(first.pcm, again.pcm)
    assert len(again.calls) < len(first.calls)


def test_the_wire_decides_what_is_decoded(opus):
    trace = run(opus, Topology(), wire=Wire(fault="drop"))
    assert trace.arrived.shape[1] == trace.codes.shape[1] - 1
    assert len(trace.pcm) == trace.arrived.shape[1] * opus.info.frame_size


class Residual:
    """Codes are four numbers that are added up, so that fewer of them still decode."""

    def __init__(self):
        self.info = replace(load("pcm", {}).info, name="residual", codebooks=4, bins=99, fingerprint="residual")
        self.heard = []

    def open(self):
        return self

    def encode(self, pcm):
        return np.tile(np.arange(1, 5)[:, None], len(pcm) // self.info.frame_size)

    def decode(self, codes):
        self.heard.append(codes.shape)
        return np.repeat(codes.sum(axis=0) / 100, self.info.frame_size).astype(np.float32)


def test_a_switch_of_codebooks_is_handed_over_as_calls_of_fewer_rows():
    for chunk, shapes in ((1, [(4, 1)] * 4 + [(2, 1)] * 4), (3, [(4, 3), (4, 1), (2, 2), (2, 2)])):
        codec = Residual()
        speech = np.zeros(8 * codec.info.frame_size, np.float32)
        wire = Wire(fault="switch-codebooks", count=2)
        trace = run_topology(Topology(chunk=chunk), codec, speech, speech, prior_frames=1, wire=wire)
        assert codec.heard == shapes
        assert trace.pcm[:: codec.info.frame_size].tolist() == pytest.approx([0.1] * 4 + [0.03] * 4)
        assert [(call.start, call.stop) for call in trace.calls if call.side == "decoder"][-1][1] == 8


def test_the_observer_sees_every_step(opus):
    seen = []
    trace = run(opus, Topology(), observe=lambda step, instances: seen.append((step, set(instances))))
    assert [step for step, _ in seen] == list(trace.steps)
    assert seen[-1][1] == {"a"}


class Panic(BaseException):
    """As extensions in Rust raise it: no Exception."""


def panic(pcm):
    raise Panic(f"index out of bounds: the len is {len(pcm)}")


def leave(pcm):
    raise SystemExit(len(pcm))


class Faulty:
    """Opus, with one thing wrong in what decoding returns."""

    def __init__(self, spoil):
        self.inner = load("opus", {})
        self.info = self.inner.info
        self.spoil = spoil

    def open(self):
        instance: Any = self.inner.open()
        decode = instance.decode
        instance.decode = lambda codes: self.spoil(decode(codes))
        return instance


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda pcm: pcm[:-1], r"returned PCM of shape \(319,\), wanted \(320,\)"),
        (lambda pcm: pcm[None], r"returned PCM of shape \(1, 320\), wanted \(320,\)"),
        (lambda pcm: pcm * np.float32("nan"), "NaN or infinite samples, the first in frame 0"),
        (panic, "raised Panic: index out of bounds: the len is 320"),
        (leave, "raised SystemExit: 320"),
        (lambda pcm: pcm * [][0], "raised IndexError: list index out of range"),
    ],
)
def test_a_codec_that_breaks_its_word_fails_with_the_call_named(spoil, said):
    with pytest.raises(CodecFailed, match=rf"decode of frames 0 to 0.*{said}"):
        run(Faulty(spoil), Topology())


def test_a_codec_cannot_spoil_the_input_or_take_back_its_output():
    class Reusing(Faulty):
        def open(self):
            instance = super().open()
            encode, buffer = instance.encode, np.zeros(self.info.frame_size, np.float32)
            decode = instance.decode

            def greedy(pcm):
                codes = encode(pcm)
                pcm[:] = 0
                return codes

            def recycled(codes):
                buffer[:] = decode(codes)
                return buffer

            instance.encode, instance.decode = greedy, recycled
            return instance

    honest = run(load("opus", {}), Topology())
    assert np.array_equal(run(Reusing(lambda pcm: pcm), Topology()).pcm, honest.pcm)
