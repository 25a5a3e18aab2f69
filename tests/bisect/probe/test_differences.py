from itertools import combinations

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.bisect import naming
from harness.bisect.probe.differences import differences, mixed
from harness.bisect.request import setups
from harness.codecs.spec import CodecSpec
from harness.errors import SuiteInvalid, UsageInvalid
from harness.runs import suite as suites
from harness.topology.catalogue import TOPOLOGIES
from harness.topology.path_catalogue import PATHS
from harness.topology.setup import Configuration
from harness.topology.signal_path import feed
from harness.topology.wire import OF_LATENTS, arriving, send
from harness.topology.wire_catalogue import WIRES

OPUS = CodecSpec(name="opus", adapter="opus", options={"bitrate": 9000})


@pytest.fixture(scope="module")
def suite():
    return suites.load(suites.default_suite())


def point(name, suite):
    return naming.find(name, suite).configured


def test_factors_have_dotted_names_and_both_values(suite):
    found = differences(point("opus/shared", suite), point("opus/dirty-clone", suite))
    assert {(d.factor, d.good, d.bad) for d in found} == {
        ("topology.decoder.dirty", False, True),
        ("topology.decoder.instance", "shared", "clone"),
    }


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_all_factors_together_make_the_bad_setup_and_none_the_good(name, suite):
    good, bad = point("opus/shared", suite), point(f"opus/{name}", suite)
    factors = frozenset(difference.factor for difference in differences(good, bad))
    assert mixed(good, bad, frozenset()).factors() == good.factors()
    assert mixed(good, bad, factors).factors() == bad.factors()


@pytest.mark.parametrize("name", [*WIRES, *PATHS])
def test_what_happens_on_a_wire_or_a_path_can_be_taken_factor_by_factor(name, suite):
    good, bad = point("opus/shared", suite), point(f"opus/shared/{name}", suite)
    names = [difference.factor for difference in differences(good, bad)]
    assert names
    kind = np.float32 if bad.wire.fault in OF_LATENTS else np.int64
    codes, speech = np.arange(320, dtype=kind).reshape(8, 40), Waveform(np.full(4800, 0.5, np.float32), 16_000)
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            made = mixed(good, bad, frozenset(chosen))
            assert {difference.factor for difference in differences(good, made)} == set(chosen)
            assert send(made.wire, codes, 320).shape == (8, arriving(made.wire, 40))
            assert len(feed(made.path, speech, 24_000))


def test_every_mixture_has_exactly_the_factors_that_were_taken(suite):
    good, bad = point("opus/shared", suite), point("opus/dirty-clone/swap-frames/from-48k-linear", suite)
    names = [difference.factor for difference in differences(good, bad)]
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            made = mixed(good, bad, frozenset(chosen))
            assert {difference.factor for difference in differences(good, made)} == set(chosen)


def of(adapter, **options):
    return Configuration(codec=CodecSpec(name="c", adapter=adapter, options=options))


def test_two_versions_of_an_adapter_are_a_factor_beside_their_options():
    good, bad = of("old:App", rate=1, deep=False), of("new:App", rate=2, deep=False)
    assert [(d.factor, d.good, d.bad) for d in differences(good, bad)] == [
        ("codec", "old:App", "new:App"),
        ("codec.rate", 1, 2),
    ]
    assert mixed(good, bad, frozenset({"codec"})).codec == of("new:App", rate=1, deep=False).codec
    assert mixed(good, bad, frozenset({"codec.rate"})).codec == of("old:App", rate=2, deep=False).codec
    assert mixed(good, bad, frozenset({"codec", "codec.rate"})).codec == bad.codec


def test_two_codecs_with_other_options_are_one_factor_that_names_them():
    good, bad = of("pcm"), of("opus", bitrate=9000)
    assert [(d.factor, d.good, d.bad) for d in differences(good, bad)] == [
        ("codec", "pcm {}", 'opus {"bitrate": 9000}')
    ]
    assert mixed(good, bad, frozenset({"codec"})).codec == bad.codec


def test_modules_of_one_name_in_two_folders_are_told_apart(suite, tmp_path):
    for name in ("old", "new", "copy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "my_app_two.py").write_text(f"VERSION = {name == 'new'}\n")
        (tmp_path / name / "s.toml").write_text('[codecs.c]\nadapter = "my_app_two:App"\n[[setups]]\ncodec = "c"\n')
    old, new, copy = (naming.find(f"{tmp_path / name / 's.toml'}::c/shared", suite) for name in ("old", "new", "copy"))
    (found,) = differences(old.configured, new.configured)
    assert found.factor == "codec"
    assert (found.good, found.bad) == tuple(
        f"my_app_two:App of {tmp_path / n / 'my_app_two.py'}" for n in ("old", "new")
    )
    assert differences(old.configured, copy.configured) == ()
    good, *others = (f"{tmp_path / name / 's.toml'}::c/shared" for name in ("old", "new", "copy"))
    with pytest.raises(
        UsageInvalid, match=r"old/my_app_two.py in one and .*new/my_app_two.py in the other, and a process"
    ):
        setups(good, others[0], None, None, ())
    with pytest.raises(UsageInvalid, match="a process can have but one module of a name"):
        setups(good, others[1].replace("c/shared", "c/separate"), None, None, ())


def test_options_of_a_codec_are_factors_one_by_one():
    good = Configuration(codec=OPUS)
    bad = Configuration(codec=OPUS.model_copy(update={"options": {"complexity": 1}}))
    assert {(d.factor, d.good, d.bad) for d in differences(good, bad)} == {
        ("codec.bitrate", 9000, None),
        ("codec.complexity", None, 1),
    }
    assert mixed(good, bad, frozenset({"codec.complexity"})).codec.options == {"bitrate": 9000, "complexity": 1}
    assert mixed(good, bad, frozenset({"codec.bitrate"})).codec.options == {}


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), ([1], [True]), ({"a": 0}, {"a": 0.0})])
def test_values_that_python_takes_for_one_are_two(one, other):
    good, bad = (Configuration(codec=OPUS.model_copy(update={"options": {"x": value}})) for value in (one, other))
    assert [d.factor for d in differences(good, bad)] == ["codec.x"]
    assert good != bad
    made = mixed(good, bad, frozenset({"codec.x"}))
    assert made == bad
    assert not differences(made, bad)


def test_what_makes_the_codes_of_a_decoder_alone_is_one_factor():
    alone = CodecSpec(name="alone", adapter="planted.decoders:Decoder", options={})
    louder = OPUS.model_copy(update={"options": {"bitrate": 24000}})
    good, bad, files = (
        Configuration(codec=alone.taking_codes_from(one) if one else alone) for one in (OPUS, louder, None)
    )
    (found,) = differences(good, bad)
    assert (found.factor, found.good, found.bad) == (
        "codec.codes_from", 'opus {"bitrate": 9000}', 'opus {"bitrate": 24000}',
    )  # fmt: skip
    made = mixed(good, bad, frozenset({"codec.codes_from"}))
    assert made == bad
    assert not differences(made, bad)
    assert [(one.good, one.bad) for one in differences(files, good)] == [(None, 'opus {"bitrate": 9000}')]


def test_another_adapter_is_one_factor():
    good = Configuration(codec=OPUS)
    bad = Configuration(codec=CodecSpec(name="pcm", adapter="pcm", options={}))
    assert [d.factor for d in differences(good, bad)] == ["codec"]
    assert mixed(good, bad, frozenset({"codec"})).codec.adapter == "pcm"


def test_factors_that_cannot_be_combined_say_why(suite):
    good, bad = point("opus/reset-every-frame-decoder", suite), point("opus/stateless", suite)
    with pytest.raises(SuiteInvalid, match="calls keep no state"):
        mixed(good, bad, frozenset({"topology.decoder.calls"}))


def test_a_name_that_means_nothing_lists_what_does(suite):
    with pytest.raises(UsageInvalid, match=r"no setup 'nonsense'; there are: .*opus/shared"):
        naming.find("nonsense", suite)
    with pytest.raises(SuiteInvalid, match="topology 'nonsense' is unknown"):
        naming.find("opus/nonsense", suite)
    with pytest.raises(SuiteInvalid, match="wire 'nonsense' is unknown"):
        naming.find("opus/shared/nonsense", suite)


def test_a_file_with_one_setup_beside_the_reference_needs_no_name(suite, tmp_path):
    path = tmp_path / "app.toml"
    path.write_text(
        '[codecs.pcm]\nadapter = "pcm"\n[[setups]]\ncodec = "pcm"\ntopology = ["shared", "cross-talk"]\n',
        encoding="utf-8",
    )
    assert naming.find(str(path), suite).configured.topology.decoder.crosstalk
    assert not naming.find(f"{path}::pcm/shared", suite).configured.topology.decoder.crosstalk


def test_a_version_of_a_history_is_named_like_a_setup(suite, tmp_path):
    path = tmp_path / "app.versions.toml"
    path.write_text(
        '[codecs.pcm]\nadapter = "pcm"\n[start]\ncodec = "pcm"\n[[versions]]\nname = "1"\n'
        '[[versions]]\nname = "2"\nset = { "path.gain" = 0.5 }\n',
        encoding="utf-8",
    )
    assert naming.find(f"{path}::2", suite).make().path.gain == 0.5
    with pytest.raises(UsageInvalid, match=r"no version '3': .*::VERSION, one of 1, 2"):
        naming.find(f"{path}::3", suite)
    with pytest.raises(UsageInvalid, match="a version has to be named"):
        naming.find(str(path), suite)
