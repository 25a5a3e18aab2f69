"""What is the same cell: factors at their default count for nothing, so that adding one makes no cell another."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from harness.audio.speech import Utterance
from harness.codecs.identity import Described
from harness.codecs.protocol import CodecInfo
from harness.runs import suite as suites
from harness.runs.keys import Keys
from harness.topology.model import DecoderWiring, Topology, Wiring
from harness.topology.path_catalogue import PATHS
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire
from harness.topology.wire_catalogue import WIRES

WIRING = {"calls": "streaming", "reset": "never", "dirty": False, "takeover": False, "crosstalk": False}
DEFAULTS: dict[type, dict[str, Any]] = {
    Wiring: WIRING,
    DecoderWiring: WIRING | {"instance": "shared", "cloned": "before-use"},
    Topology: {"chunk": 1, "order": "interleaved", "switch": 0.5, "encoder": WIRING},
    Wire: {
        "fault": "none", "at": 0.5, "every": None, "codebooks": (), "count": 1, "pattern": "", "share": None,
        "spell": None, "hit_inside": None, "hit_outside": 0.0, "jitter": None, "wait": 0.0, "seed": 0,
    },
    SignalPath: {
        "source_rate": None, "resampler": "soxr", "stereo": "none", "gain": 1.0, "int16_scale": False, "dc": 0.0,
        "clip": None, "int16": False, "chunk": None, "rounding": "none", "overflow": "clamp", "byte_chunk": None,
        "odd_byte": "dropped", "byte_order": "native",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", DEFAULTS)
def test_defaults_are_those_that_keys_leave_out(kind):
    """A key does not hold what is at its default: whoever changes a default raises MEASURES, and this table with it."""
    found = kind().model_dump()
    changed = {
        name: found.get(name)
        for name, value in DEFAULTS[kind].items()
        if name != "encoder" and found.get(name) != value
    }
    assert not changed


@pytest.mark.parametrize(
    ("found", "described"),
    [
        (WIRES["drop-frame"], {"fault": "drop"}),
        (WIRES["lose-bursts"], {"fault": "lose", "every": 20, "count": 3}),
        (WIRES["swap-codebooks-0-1"], {"fault": "permute", "codebooks": (1, 0)}),
        (PATHS["from-48k-linear"], {"source_rate": 48_000, "resampler": "linear"}),
        (PATHS["from-44k-per-chunk"], {"source_rate": 44_100, "chunk": 1024}),
        (PATHS["int16"], {"int16": True}),
        (PATHS["clipped"], {"gain": 8.0, "clip": 1.0}),
    ],
)
def test_what_a_key_holds_of_a_wire_and_a_path_is_as_it_was_before_they_had_more_keys(found, described):
    assert found.model_dump(exclude={"about"}, exclude_defaults=True) == described


def test_the_default_suite_puts_no_key_into_its_cells_that_it_did_not_always_put_there():
    known = {Wire: {"fault", "at", "every", "codebooks", "count"}, SignalPath: {*DEFAULTS[SignalPath]} - NEWER}
    for setup in suites.load(suites.default_suite()).setups:
        for part in (setup.configuration.wire, setup.configuration.path):
            assert part.model_dump(exclude={"about"}, exclude_defaults=True).keys() <= known[type(part)]


NEWER = {"rounding", "overflow", "byte_chunk", "odd_byte", "byte_order"}

SAMPLES = np.random.default_rng(3).integers(-9000, 9000, 800).astype(np.int16)


def test_equal_samples_are_the_same_speech_whatever_holds_them(speech, tmp_path):
    flac = keys(speech, topologies={"mine": {}})
    for path, samples, rate, same in (
        ("a.wav", SAMPLES, 16000, True),
        ("b.wav", SAMPLES[::-1], 16000, False),
        ("c.wav", SAMPLES, 8000, False),
    ):
        assert (keys([written(tmp_path / path, samples, rate)], topologies={"mine": {}}) == flac) is same, path


@pytest.fixture
def speech(tmp_path):
    return [written(tmp_path / "a.flac")]


def written(path, samples=SAMPLES, rate=16000):
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return Utterance("a", path, "words", "speaker", "licence")


def keys(speech, **tables):
    content = {"codecs": {"p": {"adapter": "pcm"}}, "setups": [{"codec": "p"}, {"codec": "p", "topology": "mine"}]}
    suite = suites.parse(content | tables, "test", Path(), "test")
    info = CodecInfo(
        name="p", sample_rate=16000, frame_size=320, codebooks=1, bins=2, delay=0, stateful=False, tolerance=0.0,
        context=None, fingerprint="p:1", description="",
    )  # fmt: skip
    made = Keys(suite, speech, {"p": Described(info, "code", None)}, {}, ["a"])
    return made.cell(suite.setup("p/shared"), "a"), made.cell(suite.setup("p/mine"), "a")


def test_a_factor_that_is_stated_at_its_default_is_the_same_cell(speech):
    plain, stated = keys(speech, topologies={"mine": {"switch": 0.5, "decoder": {"instance": "shared"}, "about": "x"}})
    assert plain == stated


def test_any_other_value_is_another_cell(speech):
    for mine in (
        {"switch": 0.25, "encoder": {"takeover": True}},
        {"chunk": 2},
        {"decoder": {"dirty": True}},
        {"encoder": {"reset": "start"}},
    ):
        plain, other = keys(speech, topologies={"mine": mine})
        assert plain != other, mine
