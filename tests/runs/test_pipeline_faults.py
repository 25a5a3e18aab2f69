"""What happened to real services, as wires and paths of a suite: each is found, and its harmless twin is not."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from harness.record import Verdict
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options
from harness.runs.traces import Traces
from harness.runtime.pool import IsolatedPool
from harness.runtime.store import Store
from harness.runtime.workers import Workers
from harness.topology import wire_catalogue

HOT = {"gain": 3.0, "int16": True}
PATHS = {
    "hot": HOT,
    "hot-wrapped": HOT | {"overflow": "wrap"},
    "quiet-wrapped": {"gain": 0.5, "int16": True, "overflow": "wrap"},
    "quiet": {"gain": 0.5, "int16": True},
    "in-time": {"source_rate": 48_000, "chunk": 480, "rounding": "down"},  # a whole number at the codec's rate
    "slow": {"source_rate": 44_100, "chunk": 1102, "rounding": "nearest"},
    "fast": {"source_rate": 44_100, "chunk": 1102, "rounding": "down"},
}
WIRES = {
    "five-lost": {"fault": "lose", "count": 5},
    "never-late": {"fault": "lose", "jitter": 0.1, "wait": 20.0},
    "never-lost": {"fault": "lose", "share": 0.001, "seed": 4},
    "all-codebooks": {"fault": "switch-codebooks", "count": 320},
    "four-hundred": {"fault": "keep", "count": 400},
}
SAME, BAD, WRAPS = (Verdict.IDENTICAL,), (Verdict.DEGRADED, Verdict.CORRUPT), "wrap round"
ASKED = {  # setup: verdicts that are right, and a reason that has to be given
    "pcm/shared/odd-bytes-carried": (SAME, ""),
    "pcm/shared/odd-bytes": (BAD, "noise in the pauses"),
    "pcm/shared/odd-bytes-padded": (BAD, "noise in the pauses"),
    "pcm/shared/bytes-swapped": (BAD, "noise in the pauses"),
    "pcm/shared/in-time": ((Verdict.IDENTICAL, Verdict.EQUIVALENT), ""),
    "pcm/shared/slow": (BAD, "the clock drifts: +"),
    "pcm/shared/fast": (BAD, "the clock drifts: -"),
    "pcm/shared/from-48k-per-chunk": ((Verdict.ALTERED, *BAD), "differs"),
    "pcm/shared/hot-wrapped": (BAD, WRAPS),
    "pcm/shared/quiet-wrapped": (SAME, ""),
    "pcm/shared/mono-as-stereo": (BAD, "samples fewer"),
    "pcm/shared/stereo-interleaved": (BAD, "samples more"),
    "pcm/shared/all-codebooks": (SAME, ""),
    "opus/shared/hot-wrapped": (BAD, WRAPS),
    "opus/shared/quiet-wrapped": (SAME, ""),
    "opus/shared/five-lost": (BAD, "clear speech are missing"),
    "opus/shared/never-late": (SAME, ""),
    "opus/shared/never-lost": (SAME, ""),
    "opus/shared/lose-late": ((Verdict.ALTERED, *BAD), ""),
    "opus/shared/lose-bursts-by-chance": ((Verdict.ALTERED, *BAD), ""),
    "opus/shared/stall": (BAD, "960 samples more"),
}
REFERENCES = {
    "hot-wrapped": "hot",
    "quiet-wrapped": "quiet",
    "in-time": "from-48k-soxr",
    "from-48k-per-chunk": "from-48k-soxr",
}
FAILING = {
    "pcm/shared/five-lost": "-1 is a frame that was lost, and this codec conceals none",
    "opus/shared/codebooks-to-first": r"got codes of shape \(1, 1\), wanted \(K, F\) with K = 60",
    "opus/shared/four-hundred": "the wire keeps 400 codebooks, but there are 60",
}


def table(name):
    codec, _, part = name.split("/")
    kind = "wire" if part in WIRES or part in wire_catalogue.WIRES else "path"
    reference = f"{codec}/shared/{REFERENCES[part]}" if part in REFERENCES else None
    return {"codec": codec, kind: part} | ({} if reference is None else {"reference": reference})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    content = {
        "speech": {"utterances": ["heart-04"]},
        "codecs": {"opus": {"adapter": "opus", "bitrate": 24000}, "pcm": {"adapter": "pcm"}},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "paths": PATHS,
        "wires": WIRES,
        "setups": [
            {"codec": ["opus", "pcm"]},
            {"codec": ["opus", "pcm"], "path": ["hot", "quiet", "from-48k-soxr"]},
            *map(table, (*ASKED, *FAILING)),
        ],
    }
    suite = suites.parse(content, "test", Path(), "faults")
    with closing(Store(folder / "store")) as store, IsolatedPool(1) as pool:
        found, _ = pipeline.run(suite, folder / "run", Options(explain=False), traces=Traces(Workers(1, pool, store)))
    return {cell.setup: cell for cell in found.cells}


@pytest.mark.parametrize("name", ASKED)
def test_a_fault_is_found_and_its_harmless_twin_is_not(run, name):
    verdicts, reason = ASKED[name]
    assert run[name].verdict in verdicts, run[name].reasons
    assert any(reason in said for said in run[name].reasons), run[name].reasons


@pytest.mark.parametrize("name", FAILING)
def test_what_a_codec_cannot_be_sent_is_said_in_a_line(run, name):
    assert run[name].verdict is Verdict.UNDEFINED
    assert any(re.search(FAILING[name], said) for said in run[name].reasons)
