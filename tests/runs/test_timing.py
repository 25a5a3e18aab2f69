"""Time, bits and memory of a setup: measured of its calls, and judged where the suite asks."""

import mmap
from dataclasses import replace

import numpy as np
import pytest

from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import Side
from harness.gate.baseline import Baseline
from harness.gate.context import Context
from harness.gate.setup_gates import gate_setup
from harness.record import Cell, Measurement, Verdict
from harness.report.expect import shortfall
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options
from harness.runs.timing import ELSEWHERE, PeakMemory, SetupTiming, timing
from harness.topology.trace import Call, Trace
from harness.verdict import Tolerances

ON_TIME = Measurement.of(0.0, "ms")


@pytest.fixture(scope="module")
def info():
    """20 ms a frame, 3 codes of 10 bits, 5 ms late."""
    made = PcmCodec().info
    return replace(made, sample_rate=16_000, frame_size=320, codebooks=3, bins=1024, delay=80, start_up=0)


def traced(encode=(), decode=(), opening=0.004, frames=100, **more):
    calls = [Call(Side.ENCODER, at, at + 1, seconds) for at, seconds in enumerate(encode)]
    calls += [Call(Side.DECODER, at, at + 1, seconds) for at, seconds in enumerate(decode)]
    codes = np.zeros((3, frames), np.int64)
    return Trace(codes, codes, np.zeros(frames * 320, np.float32), tuple(calls), (), opening=opening, **more)


def test_calls_are_timed_and_the_first_stands_apart(info):
    found = timing(traced([0.5] + [0.002] * 99, [0.3] + [0.010] * 98 + [0.1]), info, ON_TIME)
    assert found["encode_first_ms"].value == pytest.approx(500)
    assert found["encode_rtf"].value == pytest.approx(0.1)
    assert found["decode_call_ms"].value == pytest.approx(10)
    assert found["decode_call_95_ms"].value == pytest.approx(10)
    assert found["decode_call_worst_ms"].value == pytest.approx(100)
    assert found["decode_rtf_median"].value == pytest.approx(0.5)
    assert found["decode_rtf"].value is not None
    assert found["decode_rtf_median"].value is not None
    assert found["decode_rtf"].value > found["decode_rtf_median"].value
    assert found["first_sample_ms"].value == pytest.approx(804)
    assert found["algorithmic_delay_ms"].value == pytest.approx(25)
    assert found["bits_per_second"].value == pytest.approx(1500)


def test_codes_that_were_lost_are_no_bits(info):
    trace = traced([0.002] * 100, [0.002] * 100)
    trace.codes[:, ::2] = -1
    assert timing(trace, info, ON_TIME)["bits_per_second"].value == pytest.approx(750)


def test_what_was_not_measured_is_undefined_with_its_reason(info):
    found = timing(traced((), [0.01] * 5, opening=None), info, Measurement.missing("it is silent"))
    assert found["encode_rtf"].undefined == ELSEWHERE
    assert found["decode_call_95_ms"].undefined is not None
    assert "fewer than 20" in found["decode_call_95_ms"].undefined
    assert found["first_sample_ms"].undefined == "the time to open was not measured"
    assert found["algorithmic_delay_ms"].undefined == "the delay is undefined: it is silent"
    assert found["peak_memory_mb"].undefined
    assert timing(traced((), [0.01] * 5), info, ON_TIME)["first_sample_ms"].undefined == ELSEWHERE


def test_memory_that_was_taken_and_given_back_is_in_the_peak():
    peak = PeakMemory()
    before = peak.so_far()
    if before is None:
        pytest.skip("this system does not tell the peak of a process")
    # Mapped by itself: numpy's allocator may hand out a large block that the process already holds.
    with mmap.mmap(-1, 160_000_000) as taken:
        taken.write(b"1" * len(taken))
    after = peak.so_far()
    assert after is not None
    assert after - before > 100_000_000


def cell(utterance, rtf, worst):
    timing = {"decode_rtf": Measurement.of(rtf, "1"), "decode_call_worst_ms": Measurement.of(worst, "ms")}
    return Cell(
        setup="x", utterance=utterance, key="", verdict=Verdict.IDENTICAL, reasons=(), masked=False,
        first_diverging_frame=None, measurements={}, timing=timing,
    )  # fmt: skip


def test_utterances_count_by_their_length_and_the_worst_counts_alone():
    figures = SetupTiming()
    figures.add(cell("a", 0.1, 5), 2.0)
    figures.add(cell("b", 0.4, 7), 1.0)
    found = figures.found()
    assert found["decode_rtf"].value == pytest.approx(0.2)
    assert found["decode_call_worst_ms"].value == 7


def test_speech_so_short_that_it_counts_as_no_time_counts_alike():
    figures = SetupTiming()
    figures.add(cell("a", 0.1, 5), 0.0)
    figures.add(cell("b", 0.3, 7), 0.0)
    assert figures.found()["decode_rtf"].value == pytest.approx(0.2)


SUITE = """
[speech]
utterances = ["heart-04"]
[scores]
pesq = false
stoi = false
asr = false
[codecs.x]
adapter = "pcm"
[timing]
rtf = 1e-9
[[setups]]
codec = "x"
topology = ["shared", "offline"]
"""


def test_a_setup_beyond_its_limit_is_not_met_and_keeps_its_verdict(tmp_path):
    (tmp_path / "s.toml").write_text(SUITE)
    record, _ = pipeline.run(suites.load(tmp_path / "s.toml"), tmp_path / "out", Options(explain=False), jobs=1)
    held, offline = record.setups
    assert not record.met
    assert (held.verdict, offline.verdict) == ("identical", "identical")
    assert held.slow == held.reasons[-2:]
    assert "at most 1e-09 is allowed" in held.slow[0]
    assert "real-time factor, encoding" in record.headline
    assert shortfall(held).startswith("is identical, but real-time factor, encoding is")
    assert gate_setup(accepted_nothing(record), held, []).failures[0].startswith("x/shared: real-time factor, encoding")
    assert record.cells[0].timing["bits_per_second"].value == pytest.approx(16_000 * 32)
    assert held.timing["decode_rtf"].value is not None
    assert held.timing["decode_rtf"].value > 0


def accepted_nothing(record):
    """Return a context in which no setup was accepted."""
    made = record.provenance
    baseline = Baseline(
        suite="s", created=made.created, harness=made.harness, commit=None, run="", machine={}, seeds={},
        measures=(1, 1), scorers={}, recogniser={}, codecs={}, speech={}, setups={},
    )  # fmt: skip
    return Context(baseline, {}, {}, Tolerances())
