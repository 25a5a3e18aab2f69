"""A cell, a setup and the baseline that they are held against."""

from typing import Any

from harness.gate.baseline import AcceptedCell, AcceptedCodec, AcceptedSetup, Baseline
from harness.gate.cell_gates import gate_cell
from harness.gate.context import Context
from harness.record import Cell, CodecRecord, Expectation, Measurement, SetupRecord, Transcript, Verdict
from harness.verdict import Tolerances

GOOD = {
    "pesq_wb": 2.4, "pesq_nb": 3.4, "stoi": 0.95, "transcript_logp": -0.2, "gain_db": 0.0, "delay_ms": 0.0,
    "polarity": 1.0, "length_change_samples": 0.0, "word_errors": 1.0, "wer_floor": 0.0, "reference_words": 10.0,
    "level_swing_db": 0.5,
}  # fmt: skip
MACHINE = {"architecture": "x86_64"}
UTTERANCES = ["one", "two", "three", "four", "five"]


def cell(utterance="one", pcm="b" * 64, codes="a" * 64, findings=(), **changes):
    values = GOOD | changes
    return Cell(
        setup="mine/shared",
        utterance=utterance,
        key="k",
        verdict=Verdict.IDENTICAL,
        reasons=(),
        masked=False,
        first_diverging_frame=None,
        measurements={
            name: Measurement.missing(value) if isinstance(value, str) else Measurement.of(value, "1")
            for name, value in values.items()
        },
        transcript=Transcript(text="", hits=9, substitutions=1, deletions=0, insertions=0, findings=findings),
        codes_sha256=codes,
        pcm_sha256=pcm,
    )


def context(runs=1, machine=MACHINE, tolerances=None, **changes):
    accepted = AcceptedCell(runs=runs, codes="a" * 16, pcm="c" * 16, frames="abcdefghijklmnop", measured=GOOD | changes)
    codec: dict[str, Any] = {"sample_rate": 16000, "frame_size": 320, "codebooks": 8, "bins": 256, "delay": 0}
    baseline = Baseline(
        suite="mine",
        created="2026-01-01T00:00:00+00:00",
        harness="0",
        commit=None,
        run="r",
        machine=MACHINE,
        seeds={},
        measures=(1, 1),
        scorers={},
        recogniser={},
        codecs={"mine": AcceptedCodec(fingerprint="f:1", **codec)},
        speech=dict.fromkeys(UTTERANCES, "s" * 16),
        setups={
            "mine/shared": AcceptedSetup(
                codec="mine",
                reference="mine/shared",
                verdict=Verdict.IDENTICAL,
                utterances=dict.fromkeys(UTTERANCES, accepted),
            )
        },
    )
    now = CodecRecord(
        name="mine", adapter="m", options={}, fingerprint="f:1", stateful=True, tolerance=0, description="", **codec
    )
    speech = dict.fromkeys(UTTERANCES, "s" * 64)
    return Context(baseline, machine, {"mine": now}, tolerances or Tolerances(), speech)


def gate(one, about=None, expectation=Expectation(), digits="abcdefghijklmnop"):  # noqa: B008  frozen
    return gate_cell(about or context(), one, "mine", expectation, digits)


def setup(**changes):
    values: dict[str, Any] = {
        "name": "mine/shared", "codec": "mine", "topology": "shared", "reference": "mine/shared", "is_reference": True,
        "factors": {}, "diagram": "", "expectation": Expectation(), "verdict": Verdict.IDENTICAL, "met": True,
        "masked": 0, "reasons": (), "worst_utterance": None, "corpus": {},
    }  # fmt: skip
    return SetupRecord(**(values | changes))


def baseline(created="2026-01-01T00:00:00+00:00", **cells):
    """Return a baseline of one setup, with how many runs agreed on each of its *cells*, and their PCM."""
    accepted = {
        name: AcceptedCell(
            runs=runs, codes="a" * 16, pcm=pcm, frames="abc", measured={"stoi": 0.9, "pesq_wb": (2.1, 2.2)}
        )
        for name, (runs, pcm) in cells.items()
    }
    return Baseline(
        suite="mine", created=created, harness="0", commit=None, run="r", machine={"architecture": "x"}, seeds={},
        measures=(1, 1), scorers={"stoi": "pystoi 0.4.1"}, recogniser={}, codecs={}, speech={},
        setups={
            "mine/shared": AcceptedSetup(
                codec="mine", reference="mine/shared", verdict=Verdict.IDENTICAL, utterances=accepted
            )
        },
    )  # fmt: skip
