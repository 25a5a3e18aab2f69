"""A stream in a batch: equal to a stream alone if rows are independent, and seen if they are not."""

from pathlib import Path

import numpy as np
import pytest

from harness.audio.speech import load as load_speech
from harness.audio.waveform import Waveform, resample
from harness.codecs.loading import load
from harness.errors import CodecFailed
from harness.runs import cells
from harness.runs import suite as suites
from harness.runs.comparing import against_references
from harness.runtime.resources import fixture
from harness.topology.batch_row import Companions, Row
from harness.topology.catalogue import find
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, Topology
from harness.topology.running import run_configuration
from harness.topology.trace import whole_frames
from harness.topology.wire_catalogue import WIRES
from harness.verdict import Tolerances

FRAMES = 20


@pytest.fixture(scope="module")
def mini():
    return load("mini", {})


@pytest.fixture(scope="module")
def speech(mini):
    def excerpt(utterance):
        waveform = utterance.waveform()
        start = np.flatnonzero(np.abs(waveform.samples) > 0.1)[0]
        return np.resize(waveform.samples[start:], FRAMES * mini.info.frame_size)

    main, other = load_speech(fixture("speech"))[:2]
    return excerpt(main), excerpt(other)


def run(codec, topology, speech):
    main, other = speech
    return run_topology(topology, codec, whole_frames(main, codec.info), other, prior_frames=5)


@pytest.mark.parametrize("instance", ["shared", "separate"])
def test_a_row_of_mini_is_the_single_stream_within_rounding(mini, speech, instance):
    alone = run(mini, Topology(), speech)
    topology = find("batched-3").topology.model_copy(update={"decoder": DecoderWiring(instance=instance)})
    row = run(mini, topology, speech)
    assert np.array_equal(alone.codes, row.codes)
    assert 0 < np.abs(alone.pcm - row.pcm).max() <= mini.info.tolerance


class Mixing:
    """A batch whose rows are independent but for the first, which leaks into all others."""

    def __init__(self, inner):
        self.inner, self.info = inner, inner.info

    def open(self):
        return self.inner.open()

    def open_batch(self, rows):
        batch = self.inner.open_batch(rows)
        encode = batch.encode
        batch.encode = lambda pcm: encode(pcm + 0.1 * pcm[:1])
        return batch


def test_a_batch_that_mixes_its_rows_is_seen(mini, speech):
    alone, row = run(mini, Topology(), speech), run(Mixing(mini), find("batched-3").topology, speech)
    assert (alone.codes != row.codes).mean() > 0.1


class Short:
    def encode(self, pcm):
        return np.zeros((len(pcm) - 1, 4, 1), np.int64)

    def decode(self, codes):
        return np.zeros((len(codes) - 1, 0), np.float32)


def test_a_batch_that_loses_a_row_is_refused(mini):
    row = Row(Short(), mini.info, Companions(np.zeros(10 * mini.info.frame_size, np.float32), 3, mini.info), 2)
    with pytest.raises(CodecFailed, match=r"returned codes of shape \(2, 4, 1\), wanted \(3, 54, 1\)"):
        row.encode(np.zeros(mini.info.frame_size, np.float32))


@pytest.mark.parametrize("name", ["codebooks-to-first", "first-codebook-only", "duplicate-frame"])
def test_a_wire_that_makes_our_row_of_another_shape_is_refused(mini, speech, name):
    main, other = speech
    main = whole_frames(main[: 5 * mini.info.frame_size], mini.info)
    with pytest.raises(CodecFailed, match=r"a call of a batch is of one shape: ours is .* the other rows are"):
        run_topology(Topology(batch=2), mini, main, other, prior_frames=5, wire=WIRES[name])


def test_companions_carry_the_same_speech_begun_elsewhere(mini):
    size = mini.info.frame_size
    speech = np.arange(8 * size, dtype=np.float32)
    companions = Companions(speech, 4, mini.info)
    assert companions.pcm.shape == (3, 8 * size)
    assert sorted(companions.pcm[0]) == sorted(speech)
    assert len({float(row[0]) for row in companions.pcm} | {float(speech[0])}) == 4


class Bucketed:
    """
    A batch of Opus that runs 1, 2, 4, 8... rows: the rows that fill up are written into the state of row *victim*.

    So 3 rows, or 5 to 7, spoil that row; 2, 4 and 8 do not.
    """

    def __init__(self, victim):
        self.inner, self.victim = load("opus", {}), victim
        self.info = self.inner.info

    def open(self):
        return self.inner.open()

    def open_batch(self, rows):
        return Bucket(self.victim, [self.inner.open() for _ in range(rows)])


class Bucket:
    def __init__(self, victim, rows):
        self.victim, self.rows = victim, rows
        self.spare = (1 << (len(rows) - 1).bit_length()) - len(rows)

    def encode(self, pcm):
        return self._all([row.encode(one) for row, one in zip(self.rows, pcm, strict=True)], "encode", pcm[0])

    def decode(self, codes):
        return self._all([row.decode(one) for row, one in zip(self.rows, codes, strict=True)], "decode", codes[0])

    def _all(self, out, side, filling):
        for _ in range(self.spare):
            getattr(self.rows[self.victim], side)(filling.copy())
        return np.stack(out)


@pytest.fixture(scope="module")
def spoken():
    """A second and a half of an utterance and of another one."""
    whole = [utterance.waveform() for utterance in load_speech(fixture("speech"))[:2]]
    one, other = (Waveform(one.samples[: 3 * one.sample_rate // 2], one.sample_rate) for one in whole)
    return one, other


def traced(codec, rows, spoken: tuple[Waveform, Waveform]):
    suite = suites.parse(
        {"codecs": {"b": {"adapter": "opus"}}, "setups": [{"codec": "b", "topology": ["shared", f"batched-{rows}"]}]},
        "test", Path(), "test",
    )  # fmt: skip
    traces = {setup.name: run_configuration(setup.configuration, codec, *spoken, {}) for setup in suite.setups}
    infos = dict.fromkeys(traces, codec.info)
    _, batched = against_references(suite.setups, traces, infos, spoken[0], lambda *_: {})
    return batched


@pytest.mark.parametrize(("rows", "victim"), [(3, 0), (3, 1), (3, 2), (5, 3), (6, 1)])
def test_whichever_row_is_spoilt_is_judged_and_named(rows, victim, spoken):
    batched = traced(Bucketed(victim), rows, spoken)
    assert batched.measurements["pcm_equal"].value == 0
    others = ", ".join(str(row) for row in range(rows) if row != victim)
    said = f"row {victim} of rows 0 to {rows - 1} differs from the same stream alone (rows {others} not)"
    assert batched.said == (said,)


@pytest.mark.parametrize("rows", [2, 4, 8])
def test_rows_that_are_as_alone_say_nothing(rows, spoken):
    batched = traced(Bucketed(1), rows, spoken)
    assert batched.measurements["pcm_equal"].value == 1
    assert batched.said == ()


class Picky(Bucketed):
    """Row 0 is half as loud, unless *ours* is in it."""

    def __init__(self, ours):
        super().__init__(0)
        self.ours = ours

    def open_batch(self, rows):
        batch = super().open_batch(rows)
        encode, decode, seen = batch.encode, batch.decode, []

        def encoding(pcm):
            seen.append(np.array_equal(pcm[0], self.ours[: len(pcm[0])]))
            return encode(pcm)

        batch.encode = encoding
        batch.decode = lambda codes: decode(codes) * np.array([[1 if seen[0] else 0.5], [1]], np.float32)
        return batch


def test_a_row_that_differs_with_other_speech_alone_is_no_pass(spoken):
    with pytest.raises(CodecFailed, match=r"row 0 of rows 0 to 1 differs .*, with other speech in it; with ours it"):
        traced(Picky(resample(spoken[0], 16000).samples), 2, spoken)


def test_the_row_is_among_the_reasons_of_the_cell(spoken):
    batched = traced(Bucketed(1), 3, spoken)
    cell = cells.unjudged(batched, "one", "key", {}, None, None)
    judged = cells.judged(cell, cell.model_copy(update={"setup": "b/shared"}), Tolerances())
    assert judged.reasons[0].startswith("row 1 of rows 0 to 2 differs")
