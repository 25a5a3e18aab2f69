"""A run before it is made: what of the speech is run, what it is called, and what it is read back from."""

from pathlib import Path

import pytest
from short_speech import write_short

from harness.audio.speech import load
from harness.errors import HarnessError
from harness.files import file_name
from harness.runs import suite as suites
from harness.runs.preparing import Options, prepare
from harness.runs.shards import Shard
from harness.runs.traces import Traces
from harness.runtime.workers import opened

CONTENT = {
    "codecs": {"plain": {"adapter": "pcm"}},
    "scores": {"asr": False, "pesq": False, "stoi": False},
    "setups": [{"codec": "plain", "topology": ["shared", "offline"]}],
}


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    folder = write_short(tmp_path_factory.mktemp("speech") / "short")
    for name in ("a", "b"):
        for ending in ("flac", "txt"):
            (folder / f"{name}.{ending}").write_bytes((folder / f"slt-04.{ending}").read_bytes())
    return load(folder)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(tmp_path_factory.mktemp("store")))
        with opened(1) as workers:
            yield Traces(workers)


@pytest.fixture
def prepared(traces, speech, tmp_path):
    def made(name="my suite", content=CONTENT, **options):
        suite = suites.parse(content, "test", Path(), name)
        return prepare(suite, speech, tmp_path / "reports", Options(**options), traces)

    return made


def ids(spoken):
    return [utterance.id for utterance, _ in spoken]


def test_a_run_is_called_by_its_suite_and_its_key_and_writes_nothing_yet(prepared, tmp_path):
    run = prepared()
    assert run.folder == tmp_path / "reports" / f"{file_name(run.suite.name)}-{run.keys.run[:8]}"
    assert not (tmp_path / "reports").exists()
    assert prepared().folder == run.folder
    assert ids(run.speech) == ids(run.whole) == ["a", "b", "slt-04"]
    assert (run.dealt, run.not_applicable) == ({}, {})


def test_a_part_of_the_speech_is_another_run_whose_other_speech_stays(prepared):
    whole, part = prepared(), prepared(only={"b"})
    assert ids(part.speech) == ["b"]
    assert part.whole == whole.whole
    assert part.speech[0] == whole.speech[1]
    assert part.folder != whole.folder


def test_shards_share_the_speech_out(prepared):
    first, second = (prepared(shard=Shard(number, 2)) for number in (1, 2))
    assert sorted(ids(first.speech) + ids(second.speech)) == ["a", "b", "slt-04"]
    assert first.dealt == second.dealt
    assert all(first.dealt[name] == 1 for name in ids(first.speech))
    assert len({first.folder, second.folder, prepared().folder}) == 3
    both = prepared(shard=Shard(1, 2), only=set(ids(second.speech)))
    assert both.speech == ()


@pytest.mark.parametrize(("options", "anew"), [({}, False), ({"fresh": True}, True), ({"rescore": True}, True)])
def test_what_is_made_anew_is_kept_and_not_read(prepared, options, anew):
    run = prepared(**options)
    assert Options(**options).anew is anew
    run.known.put("key", "made before")
    assert run.known.get("key", str) == (None if anew else "made before")
    assert run.store.get("key", str) == "made before"


def test_setups_that_ask_nothing_of_a_codec_are_left_out_with_the_reason(prepared):
    setups = [{"codec": "plain", "topology": ["shared", "batched-3"]}]
    run = prepared(content=CONTENT | {"setups": setups})
    assert [setup.name for setup in run.suite.setups] == ["plain/shared"]
    assert "no batched calls" in run.not_applicable["plain/batched-3"]


def test_one_codec_that_cannot_be_used_leaves_the_others(prepared):
    codecs = {"plain": {"adapter": "pcm"}, "gone": {"adapter": "planted.none:None"}}
    setups = [{"codec": ["plain", "gone"]}]
    with pytest.raises(HarnessError, match=r"planted\.none"):
        prepared(content=CONTENT | {"codecs": {"gone": codecs["gone"]}, "setups": [{"codec": "gone"}]})
    run = prepared(content=CONTENT | {"codecs": codecs, "setups": setups})
    assert run.codecs.unusable.keys() == {"gone"}


def test_a_folder_that_is_a_link_to_elsewhere_is_refused(prepared, tmp_path):
    folder = prepared().folder
    folder.parent.mkdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(HarnessError, match="link"):
        prepared()
