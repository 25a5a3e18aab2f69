import sys
from pathlib import Path
from typing import Any

import pytest
from planted import unusable

import harness.codecs
from harness.codecs import loading
from harness.codecs.loading import BUILT_IN, adapters, load
from harness.errors import CodecUnavailable, MissingExtra, SuiteInvalid


def test_short_names_and_full_names_give_the_same_codec() -> None:
    assert load("pcm", {"frame_ms": 10}).info == load("harness.codecs.pcm:PcmCodec", {"frame_ms": 10}).info


@pytest.mark.parametrize(
    ("adapter", "options", "error", "words"),
    [
        (
            "mp3",
            {},
            CodecUnavailable,
            "'mp3' is unknown; wanted one of .*mimi, mini, opus, pcm.*or package.module:Class",
        ),
        ("nowhere.at_all:Codec", {}, CodecUnavailable, "cannot be imported .*No module named 'nowhere'"),
        ("harness.codecs.pcm:Codec", {}, CodecUnavailable, "module harness.codecs.pcm has no class Codec"),
        ("pcm", {"bitrate": 1}, SuiteInvalid, "'pcm' has no option 'bitrate'; allowed: sample_rate, frame_ms"),
        ("mimi", {}, SuiteInvalid, "'mimi' needs the option 'weights'"),
    ],
)
def test_a_wrong_name_or_option_is_explained(
    adapter: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        load(adapter, options)


@pytest.mark.parametrize(("adapter", "package"), [("opus", "opuslib_next"), ("mini", "moshi"), ("mimi", "moshi")])
def test_a_missing_package_names_the_extra(adapter: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("harness.codecs.", package))]:
        monkeypatch.delitem(sys.modules, name)
        if name.count(".") == 2:  # else `from harness.codecs import ...` would still find it
            monkeypatch.delattr(harness.codecs, name.rpartition(".")[2], raising=False)
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    extra = "opus" if adapter == "opus" else "mimi"
    with pytest.raises(MissingExtra, match=rf"pip install 'codec-harness\[{extra}\]'") as caught:
        load(adapter, {"weights": "x"} if adapter == "mimi" else {})
    assert package in str(caught.value)


def test_an_adapter_of_ones_own_takes_its_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_codec.py").write_text(
        "from harness.codecs.pcm import PcmCodec\n"
        "class Theirs(PcmCodec):\n    def __init__(self, level, shape='round'):\n"
        "        super().__init__()\n        self.got = level, shape\n"
        "class Anything(PcmCodec):\n    def __init__(self, **options):\n"
        "        super().__init__()\n        self.got = options\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    theirs: Any = load("their_codec:Theirs", {"level": 3})
    assert theirs.got == (3, "round")
    anything: Any = load("their_codec:Anything", {"a": 1})
    assert anything.got == {"a": 1}
    with pytest.raises(SuiteInvalid, match="needs the option 'level'"):
        load("their_codec:Theirs", {})


def test_a_published_adapter_is_found_and_cannot_hide_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        def __init__(self, name: str, value: str) -> None:
            self.name, self.value = name, value

    points = [Point("theirs", "harness.codecs.pcm:PcmCodec"), Point("opus", "nowhere:Opus")]
    monkeypatch.setattr(loading, "entry_points", lambda group: points if group == loading.ENTRY_POINTS else [])
    assert adapters()["theirs"] == "harness.codecs.pcm:PcmCodec"
    assert adapters()["opus"] == BUILT_IN["opus"]
    assert load("theirs", {}).info.name == "pcm"


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("planted.unusable:Boom", r"making it raised ValueError: boom .*unusable.py:\d+"),
        ("planted.unusable:NoInfo", "`info` is missing, wanted a harness.CodecInfo"),
        ("planted.unusable:Described", "`info` is of type dict, wanted a harness.CodecInfo"),
        ("planted.unusable:NeverOpens", r"there is no method open\(\)"),
        ("planted.unusable:NoRate", r"info\.sample_rate is 0, wanted a whole number of Hz from 1000 to 768000"),
        ("planted.unusable:NoGain", r"info\.gain_db is nan, wanted a level in dB, or None"),
        ("planted.unusable:constant", r"module planted\.unusable has no class constant"),
        ("numpy:zeros", "is neither a class with a method open"),
        ("subprocess:Popen", "subprocess is a module of Python's own, which has no codec"),
        ("os:system", "os is a module of Python's own"),
        ("planted.unusable:Recorder", r"there is no method open\(\)"),
        ("planted.unusable:RecorderWithoutInfo", "`info` is missing, wanted a harness.CodecInfo"),
        ("planted.unusable:undeclared", r"a function that is declared to return one, as in `def make"),
        ("planted.unusable:text", "is neither a class with a method open"),
        ("no_such_module:Codec", r"cannot be imported .*; go to the folder that has the module"),
    ],
)
def test_a_mistake_in_an_adapter_is_one_line_that_names_it(adapter, said):
    with pytest.raises(CodecUnavailable, match=said):
        load(adapter, {})
    assert unusable.Recorder.made == []


def test_a_function_that_is_declared_to_return_a_codec_is_an_adapter():
    assert load("planted.unusable:declared", {"frame_ms": 10}).info.frame_size == 160
    assert load("planted.unusable:declared_by_class", {}).info.name == "pcm"


def test_a_module_that_cannot_be_read_is_one_line_too(tmp_path, monkeypatch):
    (tmp_path / "unfinished.py").write_text("x = (")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CodecUnavailable, match="importing it raised SyntaxError"):
        load("unfinished:Codec", {})
