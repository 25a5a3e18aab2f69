import re
from pathlib import Path

import pytest

from harness.errors import SuiteInvalid
from harness.record import Verdict
from harness.runs import suite as suites
from harness.runtime.resources import fixture
from harness.topology.catalogue import FAMILIES, TOPOLOGIES
from harness.topology.path_catalogue import PATHS
from harness.topology.signal_path import SignalPath
from harness.topology.wire import OF_LATENTS, Wire
from harness.topology.wire_catalogue import WIRES

GOOD = {
    "codecs": {"plain": {"adapter": "pcm"}, "low": {"adapter": "opus", "bitrate": 6000}},
    "setups": [{"codec": ["plain", "low"], "topology": ["shared", "cloned-decoder"]}],
}


def parse(content):
    return suites.parse(content, "my.toml", Path("/suites"), "my")


def test_setups_are_the_product_of_codecs_and_topologies():
    suite = parse(GOOD)
    assert [setup.name for setup in suite.setups] == [
        "plain/shared", "plain/cloned-decoder", "low/shared", "low/cloned-decoder",
    ]  # fmt: skip
    assert suite.setup("low/cloned-decoder").reference == "low/shared"
    assert suite.setup("low/cloned-decoder").expectation.at_least is Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, False),
        ({"scores": {"pesq_nb": True}}, True),
        ({"floors": {"pesq_nb": 2.0}}, True),
        ({"tolerances": {"pesq_nb_drop": 0.3}}, True),
        ({"floors": {"pesq_wb": 2.0}, "tolerances": {"pesq_wb_drop": 0.3, "stoi_drop": 0.1}}, False),
    ],
)
def test_narrow_band_is_asked_for_by_every_key_that_is_about_it(change, asked):
    assert parse(GOOD | change).scores.pesq_nb is asked


def test_factors_name_options_and_wiring():
    suite = parse(GOOD)
    factors = suite.factors(suite.setup("low/cloned-decoder"))
    assert factors["codec.bitrate"] == 6000
    assert factors["topology.decoder.instance"] == "clone"


def test_own_topologies_and_expectations():
    suite = parse(
        GOOD
        | {
            "topologies": {"late": {"decoder": {"instance": "clone", "cloned": "switch"}, "switch": 0.25}},
            "setups": [
                *GOOD["setups"],
                {"codec": "low", "topology": "late", "name": "late-low", "at_least": "altered"},
            ],
        }
    )
    setup = suite.setup("late-low")
    assert setup.configuration.topology.switch == 0.25
    assert setup.expectation.at_least is Verdict.ALTERED


def test_a_selection_keeps_the_references_it_needs():
    assert [setup.name for setup in parse(GOOD).only(("low/cloned*",)).setups] == ["low/shared", "low/cloned-decoder"]


def test_wires_and_paths_are_points_of_their_own():
    content = GOOD | {
        "wires": {"cut": {"fault": "keep", "count": 3}},
        "setups": [*GOOD["setups"], {"codec": "low", "wire": ["cut", "drop-frame"], "path": "gain-half"}],
    }
    suite = parse(content)
    assert [setup.name for setup in suite.setups[4:]] == ["low/shared/cut/gain-half", "low/shared/drop-frame/gain-half"]
    factors = suite.factors(suite.setup("low/shared/cut/gain-half"))
    assert (factors["wire.fault"], factors["wire.count"], factors["path.gain"]) == ("keep", 3, 0.5)
    assert suite.setup("low/shared/cut/gain-half").reference == "low/shared"


def test_speech_is_relative_to_the_suite():
    assert parse(GOOD | {"speech": {"source": "words"}}).speech.source == "/suites/words"


@pytest.mark.parametrize("name", ["default", "demo"])
def test_the_suites_that_come_along_are_valid(name):
    assert len(suites.load(fixture("suites") / f"{name}.toml").setups) >= 28


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"setup": []}, "setup: unknown key; did you mean 'setups'[?] wanted one of codecs"),
        (
            {"setups": [{"codec": "low", "topolgy": "shared"}]},
            "setups.0.topolgy: unknown key; did you mean 'topology'[?] wanted one of at_least",
        ),
        ({"topologies": {"t": {"encoder": {"dirtey": True}}}}, "encoder.dirtey: unknown key; did you mean 'dirty'[?]"),
        ({"scores": {"xyzzy": 1}}, "scores.xyzzy: unknown key; wanted one of asr"),
        ({"codecs": {}}, "codecs: .* at least 1"),
        ({"codecs": {"x": {"bitrate": 1}}}, r"codecs.x.adapter: got None, wanted the name of an adapter"),
        ({"setups": [{"codec": "hifi", "topology": "shared"}]}, "got 'hifi', wanted one of plain, low"),
        (
            {"setups": [{"codec": "low", "topology": "shard"}]},
            "topology 'shard' is unknown; did you mean 'shared'[?] wanted one of sh",
        ),
        (
            {"setups": [{"codec": "low", "topology": "separate"}]},
            "held against 'low/shared', which is not a setup; add it, .* or 'low/separate' itself",
        ),
        ({"setups": [{"topology": "shared"}]}, "setups.0.codec: missing"),
        ({"setups": [{"codec": "low", "topology": ["shared", "shared"]}]}, "occurs twice"),
        (
            {"setups": [{"codec": "low", "topology": "shared", "at_least": "good"}]},
            "setups.0.at_least: .*'identical'.* got 'good'",
        ),
        ({"topologies": {"t": {"chunk": 0}}}, "topologies.t.chunk: .*greater than or equal to 1, got 0"),
        ({"topologies": {"t": {"encoder": {"calls": "offline", "dirty": True}}}}, "encoder.dirty needs"),
        (
            {"wires": {"w": {"fault": "zero", "codebooks": [0], "at": 0.99}}},
            r"wires.w: at = 0.99 has no effect: fault = 'zero' uses codebooks; remove it$",
        ),
        (
            {"wires": {"w": {"fault": "swap", "count": 5}}},
            "count = 5 has no effect: fault = 'swap' uses at, every, pattern, share,",
        ),
        ({"wires": {"w": {"fault": "transpose", "every": 2}}}, "every = 2 .*'transpose' uses no other key"),
        ({"wires": {"w": {"count": 5}}}, "count = 5 has no effect: fault = 'none'"),
        ({"wires": {"w": {"fault": "lose", "at": 0.5, "every": 9}}}, "at = 0.5 has no effect: every = 9 says where"),
        ({"wires": {"w": {"fault": "permute"}}}, "fault = 'permute' needs codebooks"),
        ({"wires": {"w": {"fault": "lose", "every": 3, "count": 3}}}, "count = 3 of every 3 frames is all of them"),
        (
            {"wires": {"w": {"fault": "lose", "share": 0.1, "jitter": 1.0}}},
            "share = 0.1 has no effect: jitter = 1.0 says",
        ),
        (
            {"wires": {"w": {"fault": "lose", "share": 0.1, "count": 2}}},
            "count = 2 .*share says how many frames are hit",
        ),
        ({"wires": {"w": {"fault": "lose", "spell": 4}}}, r"spell = 4.0 has no effect without share; remove it"),
        ({"wires": {"w": {"fault": "drop", "seed": 4, "every": 3}}}, r"seed = 4 has no effect without share or jitter"),
        ({"wires": {"w": {"fault": "lose", "wait": 2, "share": 0.1}}}, "wait = 2.0 has no effect without jitter"),
        ({"wires": {"w": {"fault": "lose", "share": 0.0}}}, "share = 0: the wire is never bad"),
        (
            {"wires": {"w": {"fault": "lose", "share": 0.1, "hit_inside": 0.2, "hit_outside": 0.2}}},
            "hit_inside and hit_outside are both 0.2",
        ),
        ({"wires": {"w": {"fault": "lose", "share": 0.8, "spell": 2}}}, "wanted spell = 4 or more"),
        ({"wires": {"w": {"fault": "lose", "share": 1.0}}}, "share: .*less than 1, got 1.0"),
        (
            {"wires": {"w": {"fault": "lose", "jitter": float("inf")}}},
            r"wires.w.jitter: a number that is not finite \(inf\)",
        ),
        ({"wires": {"w": {"fault": "lose", "pattern": "xx"}}}, "pattern = 'xx' hits all frames or none"),
        ({"wires": {"w": {"fault": "lose", "pattern": "x-"}}}, r"pattern: .*match pattern .*, got 'x-'"),
        (
            {"wires": {"w": {"fault": "keep", "pattern": ".x"}}},
            "pattern = '.x' has no effect: fault = 'keep' uses count;",
        ),
        ({"wires": {"w": {"fault": "switch-codebooks", "seed": 1}}}, "'switch-codebooks' uses at, every and count"),
        ({"wires": {"w": {"fault": "stagger", "at": 0.1}}}, "at = 0.1 .*'stagger' uses count"),
        (
            {"paths": {"p": {"source_rate": 8000, "rounding": "up"}}},
            "rounding = 'up' .* without chunk there are no calls",
        ),
        (
            {"paths": {"p": {"overflow": "wrap"}}},
            "overflow = 'wrap' has no effect: without int16 nothing overflows; add",
        ),
        ({"paths": {"p": {"byte_chunk": 99}}}, "byte_chunk = 99 .* without int16 there are no bytes"),
        ({"paths": {"p": {"int16": True, "byte_chunk": 640}}}, "byte_chunk = 640 .*whole samples; make it odd"),
        ({"paths": {"p": {"int16": True, "odd_byte": "padded"}}}, "odd_byte = 'padded' .* without byte_chunk"),
        ({"paths": {"p": {"byte_order": "swapped"}}}, "byte_order = 'swapped' .* without int16"),
        ({"paths": {"p": {"resampler": "linear"}}}, "paths.p: resampler = 'linear' has no effect: without source_rate"),
        ({"paths": {"p": {"chunk": 480}}}, "chunk = 480 has no effect: without source_rate nothing is resampled"),
        (
            {"paths": {"p": {"source_rate": 8000, "resampler": "none", "chunk": 80}}},
            "chunk = 80 .*with resampler = 'none'",
        ),
        ({"topologies": {"t": {"switch": 0.25}}}, "topologies.t: switch = 0.25 has no effect: the stream is wired"),
        ({"topologies": {"t": {"decoder": {"cloned": "switch"}}}}, "decoder.cloned = 'switch' has no effect"),
        (
            {"topologies": {"t": {"chunk": 5, "encoder": {"calls": "offline"}, "decoder": {"calls": "offline"}}}},
            "chunk = 5 has no effect",
        ),
        ({"topologies": {"t": {"order": "sequential", "encoder": {"calls": "offline"}}}}, "order = .*has no effect"),
        (
            {"setups": [{"codec": "low", "at_least": "undefined"}]},
            "at_least: undefined is never a pass .*got 'undefined'",
        ),
        ({"scores": {"asr": True}}, 'scores.asr: .*"tiny.en", or false'),
        ({"tolerances": {"stoi_drop": -1}}, "tolerances.stoi_drop: .*greater than 0, got -1"),
    ],
)
def test_every_mistake_is_named_with_its_key(change, said):
    with pytest.raises(SuiteInvalid, match=f"(?s)my.toml.*{said}|{said}"):
        parse(GOOD | change)


def test_a_key_with_an_effect_is_taken_though_it_is_near_its_default_or_at_it():
    topologies = {
        "near": {"switch": 0.501, "chunk": 50, "encoder": {"takeover": True}},
        "off": {"switch": 0.5, "neighbour": "none", "decoder": {"cloned": "before-use"}},
    }
    paths = {"off": {"int16": False, "gain": 1.0, "source_rate": 8000, "resampler": "soxr"}}
    parse(GOOD | {"topologies": topologies, "paths": paths, "wires": {"one": {"fault": "lose", "count": 1}}})


def test_a_file_that_is_not_toml_or_not_there(tmp_path):
    with pytest.raises(SuiteInvalid, match=r"cannot be read .*; wanted a TOML file, or one of context, default, demo,"):
        suites.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = [\nx")
    with pytest.raises(SuiteInvalid, match=r"not TOML: .*line 2"):
        suites.load(tmp_path / "bad.toml")


@pytest.mark.parametrize("name", suites.shipped())
def test_a_suite_that_comes_with_the_harness_is_found_by_its_name(name):
    assert suites.load(Path(name)).setups


def test_a_file_goes_before_a_suite_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("wiring").write_text('[codecs.pcm]\nadapter = "pcm"\n[[setups]]\ncodec = "pcm"\n')
    assert [setup.name for setup in suites.load(Path("wiring")).setups] == ["pcm/shared"]


def test_the_suites_of_wirings_leave_out_no_topology_wire_or_path():
    setups = (*suites.load(Path("wiring")).setups, *suites.load(Path("serving")).setups)
    used = {setup.topology_name for setup in setups}
    assert used >= TOPOLOGIES.keys()
    assert all(any(re.fullmatch(family.pattern, name) for name in used) for family in FAMILIES.values())
    assert {setup.configuration.wire for setup in setups} == {
        *(wire for wire in WIRES.values() if wire.fault not in OF_LATENTS),
        Wire(),
    }
    assert {setup.configuration.path for setup in setups} == {*PATHS.values(), SignalPath()}


def test_a_suite_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    (tmp_path / "leakycodec.codec.toml").write_text("")
    with pytest.raises(SuiteInvalid, match=r"wanted a TOML file \(leakycodec.codec.toml\), or one of context"):
        suites.load(tmp_path / "leaky.codec.toml")
