"""A suite held against its baseline by the processes of one session: run once, read by all, or accepted."""

import fcntl
from dataclasses import replace
from pathlib import Path

import pytest
from short_speech import write_short

from harness.errors import HarnessError, RecordInvalid
from harness.gate import baseline as baselines
from harness.gate.guarded import Wanted
from harness.gate.session import Settings, finished, guard, locked, publish_against
from harness.runs import suite as suites

SETUPS = frozenset({"plain/shared", "plain/offline"})


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    return write_short(tmp_path_factory.mktemp("speech") / "short")


def suite(speech, **changes):
    content = {
        "speech": {"source": str(speech)},
        "codecs": {"plain": {"adapter": "pcm"}},
        "scores": {"asr": False, "pesq": False},
        "setups": [{"codec": "plain", "topology": ["shared", "offline"]}],
    }
    return suites.parse(content | changes, "plain", Path(), "test")


def settings(folder, **changes):
    (folder / "shared").mkdir(exist_ok=True)
    plain = Settings(
        out=folder / "reports", baselines=folder / "baselines", jobs=1, update=False, fresh=False, rescore=False,
        single_file=False, shared=folder / "shared",
    )  # fmt: skip
    return replace(plain, **changes)


def wanted(*setups):
    named = frozenset(setups) or SETUPS
    return Wanted(named, frozenset({"slt-04"}), complete=True, whole=named == SETUPS)


@pytest.fixture(scope="module")
def session(speech, tmp_path_factory):
    """A session that accepted the suite, and its folder."""
    folder = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        return guard(suite(speech), wanted(), settings(folder, update=True)), folder


def test_accepting_writes_the_baseline_and_tells_what_changed(session):
    found, folder = session
    assert found.accepted == ["the first baseline of test: 2 cells"]
    assert found.path == folder / "baselines" / "test.json"
    baseline = baselines.load(found.path)
    assert baseline is not None
    assert baseline.setups.keys() == SETUPS
    assert (found.folder / "index.html").is_file()


def test_what_one_process_ran_the_others_read(session, speech):
    first, folder = session
    again = guard(suite(speech), wanted(), settings(folder, update=True, out=folder / "elsewhere"))
    assert again.folder == first.folder
    assert not (folder / "elsewhere").exists()
    assert [found.folder for found in finished(folder / "shared", folder / "baselines")] == [first.folder]


def test_a_finished_run_is_judged_without_being_run(session, speech, tmp_path):
    first, folder = session
    given = settings(tmp_path, baselines=folder / "baselines", runs=(first.folder,))
    found = guard(suite(speech), wanted(), given)
    assert (found.folder, found.accepted, found.problem) == (first.folder, None, "")
    assert all(found.gated(name, "slt-04").exact for name in SETUPS)
    assert not (tmp_path / "reports").exists()


def test_of_a_finished_run_only_what_is_wanted_is_accepted(session, speech, tmp_path):
    first, _ = session
    found = guard(suite(speech), wanted("plain/shared"), settings(tmp_path, runs=(first.folder,), update=True))
    assert [setup.name for setup in found.setups] == ["plain/shared"]
    accepted = baselines.load(found.path)
    assert accepted is not None
    assert accepted.setups.keys() == {"plain/shared"}


@pytest.mark.parametrize(("count", "said"), [(0, "got 0 runs of the suite 'other'"), (2, "got 2 runs of the suite")])
def test_of_finished_runs_one_is_of_the_suite(session, speech, tmp_path, count, said):
    first, _ = session
    about = suite(speech) if count else suite(speech).model_copy(update={"name": "other"})
    with pytest.raises(HarnessError, match=said):
        guard(about, wanted(), settings(tmp_path, runs=(first.folder,) * max(count, 1)))


def test_why_nothing_could_be_run_is_told_to_every_process_and_tried_once(speech, tmp_path):
    broken = suite(speech, codecs={"plain": {"adapter": "planted.none:Nothing"}})
    for _ in range(2):
        with pytest.raises(HarnessError, match=r"planted\.none"):
            guard(broken, wanted(), settings(tmp_path))
    assert len(list((tmp_path / "shared").glob("*.json"))) == 1
    assert finished(tmp_path / "shared", tmp_path / "baselines") == []


def test_a_run_of_other_tolerances_is_not_taken_for_this_suites(session, speech, tmp_path):
    first, _ = session
    stricter = suite(speech, tolerances={"stoi_drop": 0.001})
    with pytest.raises(HarnessError, match="lacks the tolerances of this suite; run the suite again"):
        guard(stricter, wanted(), settings(tmp_path, runs=(first.folder,)))


def test_a_lock_is_held_to_the_end_and_no_longer(tmp_path):
    path = tmp_path / "one.lock"
    with path.open("w") as other:
        with locked(path), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(RecordInvalid), locked(path):
            raise RecordInvalid("it ended in between")
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_page_is_made_beside_a_baseline_that_cannot_be_read(session, tmp_path):
    first, _ = session
    (tmp_path / "plain.json").write_text("no baseline")
    published = publish_against(first.folder, tmp_path / "plain.json")
    assert published.page == first.folder / "index.html"
