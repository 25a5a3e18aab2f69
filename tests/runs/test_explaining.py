"""A run explains its worst cells by itself, once."""

import re
from contextlib import closing

import pytest
from click.testing import CliRunner
from planted.tasks import segfault

from harness.audio.speech import load as load_speech
from harness.cli.run import run as command
from harness.codecs.spec import CodecSpec
from harness.record import RunRecord, Verdict, load
from harness.report import render
from harness.report.machine_readable import junit, summary
from harness.runs import explaining as of_run
from harness.runs.pipeline import run
from harness.runs.preparing import Options
from harness.runs.suite import load as load_suite
from harness.runs.suite_speech import chosen_speech
from harness.runtime.pool import IsolatedPool
from harness.runtime.resources import cache_folder, fixture
from harness.runtime.store import Store
from harness.topology.catalogue import find
from harness.topology.setup import Configuration, Setup

SAME_NOW = "it came out the same in 9 runs in 4 fresh processes since, so what changed it before cannot be told"
SUITE = """
[speech]
utterances = ["slt-04", "rms-01"]
[scores]
pesq = false
stoi = false
asr = false
[codecs.opus]
adapter = "opus"
[[setups]]
codec = "opus"
topology = ["shared", "cloned-decoder", "takeover", "cross-talk"]
at_least = "identical"
"""


FAILS_ONCE = """
import os
from pathlib import Path
from harness.codecs.pcm import PcmCodec, PcmInstance
class Codec(PcmCodec):
    def open(self):
        return Fails(self.info)
class Fails(PcmInstance):
    def decode(self, codes):
        if not Path(os.environ["FAILED"]).exists():
            Path(os.environ["FAILED"]).touch()
            raise RuntimeError("not now")
        return super().decode(codes)
"""


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(SUITE)
    return load_suite(path)


def told(record: RunRecord) -> dict[str, str]:
    return {f"{cell.setup}/{cell.utterance}": cell.localisation for cell in record.cells if cell.localisation}


def test_each_failed_setup_is_explained_on_the_utterance_by_which_it_is_judged(suite, tmp_path):
    record, folder = run(suite, tmp_path, jobs=1)
    worst = {f"{setup.name}/{setup.worst_utterance}" for setup in record.setups if not setup.met}
    assert set(told(record)) == worst
    assert {name.rpartition("/")[0] for name in worst} == {"opus/takeover", "opus/cross-talk"}
    assert all(" diverges from opus/shared in frame " in words for words in told(record).values())
    assert load(folder / "run.json", RunRecord) == record
    render(folder)
    broken = re.search(r'<ol class="broken">(.*?)</ol>', (folder / "index.html").read_text(), flags=re.DOTALL)
    assert broken is not None
    assert broken[1].count('<p class="where" dir="auto">opus/') == 2
    assert summary(record).count(" diverges from opus/shared in frame ") == 2
    assert junit(record).count(" diverges from opus/shared in frame ") == 2


def test_it_can_be_left_out_and_made_good(suite, tmp_path):
    record, folder = run(suite, tmp_path, Options(explain=False), jobs=1)
    assert told(record) == {}
    again, same_folder = run(suite, tmp_path, jobs=1)
    assert same_folder == folder
    assert len(told(again)) == 2
    assert again.provenance == record.provenance  # the same run, read back
    assert told(load(folder / "run.json", RunRecord)) == told(again)


def test_what_was_explained_is_not_replayed(suite, tmp_path, monkeypatch):
    first, _ = run(suite, tmp_path / "a", jobs=1)
    monkeypatch.setattr(of_run, "_explain", None)  # a replay would fail
    second, _ = run(suite, tmp_path / "b", jobs=1)
    assert told(second) == told(first)


def test_known_bad_setups_come_after_the_failed_ones_and_within_a_bound(tmp_path, monkeypatch):
    path = tmp_path / "bad.toml"
    path.write_text(SUITE.replace('at_least = "identical"', 'at_most = "altered"'))
    record, _ = run(load_suite(path), tmp_path, Options(explain=False), jobs=1)
    by_setup = {setup.name: setup.met for setup in record.setups}
    assert by_setup["opus/takeover"]
    assert not by_setup["opus/cloned-decoder"]  # it is identical, and there is nothing to explain
    assert [name for name, _ in of_run.worst_cells(record)] == ["opus/takeover", "opus/cross-talk"]
    monkeypatch.setattr(of_run, "MOST", 1)
    assert [name for name, _ in of_run.worst_cells(record)] == ["opus/takeover"]


def test_a_replay_that_dies_costs_nothing_but_its_explanation(suite, tmp_path, monkeypatch):
    record, _ = run(suite, tmp_path, Options(explain=False), jobs=1)
    monkeypatch.setattr(of_run, "_explain", lambda *_: segfault())
    speech = [(utterance, utterance) for utterance in chosen_speech(suite.speech)]
    with IsolatedPool(1) as pool, closing(Store(cache_folder() / "results")) as store:
        changed = of_run.explained(record, suite, speech, pool, store)
    assert all(
        "replayed to be explained, ended its worker process (SIGSEGV" in words for words in told(changed).values()
    )


def test_the_command_prints_where_it_begins_unless_told_not_to(tmp_path):
    (tmp_path / "my.toml").write_text(SUITE)
    arguments = [str(tmp_path / "my.toml"), "--out", str(tmp_path), "--jobs", "1"]
    quiet = CliRunner().invoke(command, [*arguments, "--no-explain"])
    assert "diverges from" not in quiet.output
    said = CliRunner().invoke(command, arguments)
    assert said.output.count("opus/takeover diverges from opus/shared in frame") == 1


@pytest.mark.parametrize(("frame", "said"), [(0, False), (99, True)])
def test_a_run_that_parted_later_than_its_replay_is_not_the_same(suite, tmp_path, frame, said):
    record, _ = run(suite, tmp_path, Options(explain=False), jobs=1)
    cells = tuple(cell.model_copy(update={"first_diverging_frame": frame, "key": "mine"}) for cell in record.cells)
    spoken = chosen_speech(suite.speech)
    paired = list(zip(spoken, spoken[::-1], strict=True))
    with IsolatedPool(1) as pool, closing(Store(tmp_path / "results")) as store:
        changed = of_run.explained(record.model_copy(update={"cells": cells}), suite, paired, pool, store)
    later = [f"In the run it was frame 99, unlike here: {SAME_NOW}." in words for words in told(changed).values()]
    assert later == [said, said]


def test_a_replay_that_is_equal_where_the_run_was_not_blames_nothing_that_no_run_shows(suite, tmp_path):
    record, _ = run(suite, tmp_path, Options(explain=False), jobs=1)
    wrong = {"verdict": Verdict.ALTERED, "first_diverging_frame": 7, "key": "mine"}
    cells = tuple(cell.model_copy(update=wrong if cell.setup == "opus/cloned-decoder" else {}) for cell in record.cells)
    setups = tuple(
        setup.model_copy(update={"met": False} if setup.name == "opus/cloned-decoder" else {})
        for setup in record.setups
    )
    spoken = chosen_speech(suite.speech)
    paired = list(zip(spoken, spoken[::-1], strict=True))
    changed = record.model_copy(update={"cells": cells, "setups": setups})
    with IsolatedPool(1) as pool, closing(Store(tmp_path / "results")) as store:
        said = told(of_run.explained(changed, suite, paired, pool, store))
    (words,) = (text for name, text in said.items() if name.startswith("opus/cloned-decoder/"))
    assert words.endswith(f"are equal, bit for bit. In the run they part in frame 7, unlike here: {SAME_NOW}.")


def unlike(adapter, topology, **options):
    """Return what is told of a setup that parted from the plain use in frame 7 of the run, and does not here."""
    codec = CodecSpec(name="c", adapter=adapter, options=options)
    suspect, reference = (
        Setup.bare(name, Configuration(codec=codec, topology=find(name).topology), "shared")
        for name in (topology, "shared")
    )
    speech, other = load_speech(fixture("speech"))[:2]
    return of_run._explain(speech, other, suspect, reference, 7)


@pytest.mark.parametrize("topology", ["separate", "in-turn-2"])
def test_what_a_process_draws_is_not_what_ran_before(topology, tmp_path):
    words = unlike("planted.unsteady:Drawn", topology, log=str(tmp_path / "log"), levels="..h", inner="pcm")
    assert "In the run they part in frame 7, unlike here: runs in fresh processes differ, and not by what ran" in words


def test_what_ran_before_is_told_where_runs_show_it():
    words = unlike("planted.unsteady:AfterOthers", "separate", inner="pcm")
    assert "in frame 7, unlike here: its output depends on what ran before in the same process, and a reset" in words


def test_one_reason_for_the_run_and_its_replay_is_said_once():
    words = unlike("planted.faults:SharedInstance", "in-turn-2")
    assert words.count("is opened with state that an earlier one left behind") == 1
    assert words.endswith("In the run it was frame 7, for the same reason.")


def test_of_sessions_at_once_threads_are_blamed_and_not_what_ran_before():
    words = unlike("pcm", "concurrent-2")
    assert words.endswith(
        "In the run they part in frame 7, unlike here: with its calls made one after the other, and not at once, it "
        "came out the same in 9 runs in 4 fresh processes and as alone, so it may depend on how threads meet, or on "
        "what the run did before."
    )
    assert "ran before" not in words


def test_threads_are_not_blamed_for_what_happens_without_them(tmp_path):
    words = unlike("planted.unsteady:Drawn", "concurrent-2", log=str(tmp_path / "log"), levels="..h", inner="pcm")
    assert "with its calls made one after the other, and not at once, runs in fresh processes differ" in words
    assert "depend on how threads meet" not in words


def test_an_input_that_differs_before_the_codes_do_says_nothing_of_the_process(tmp_path):
    path = tmp_path / "my.toml"
    content = SUITE.replace(
        'topology = ["shared", "cloned-decoder", "takeover", "cross-talk"]', 'path = "from-48k-soxr"'
    )
    path.write_text(content + '\n[[setups]]\ncodec = "opus"\n')
    record, _ = run(load_suite(path), tmp_path, jobs=1)
    ((name, words),) = told(record).items()
    setup, _, utterance = name.rpartition("/")
    assert setup == "opus/shared/from-48k-soxr"
    assert "the encoder is given other samples" in words
    frame = re.search(r"in frame (\d+)", words)
    assert frame is not None
    cell = record.cells.get(setup, utterance)
    assert cell is not None
    assert cell.first_diverging_frame is not None
    assert cell.first_diverging_frame > int(frame[1])  # the codes follow later
    assert "what ran before" not in words


def test_what_has_no_reference_is_not_said_to_be_equal_to_it(tmp_path, monkeypatch):
    """A reference that failed in the run does not when it is replayed: the two are equal then, and were not told."""
    monkeypatch.setenv("FAILED", str(tmp_path / "failed"))
    (tmp_path / "fails_once.py").write_text(FAILS_ONCE)
    text = SUITE.replace('adapter = "opus"', 'adapter = "fails_once:Codec"')
    (tmp_path / "my.toml").write_text(text.replace(', "rms-01"', "").replace(', "takeover", "cross-talk"', ""))
    record, _ = run(load_suite(tmp_path / "my.toml"), tmp_path, Options(repeat=False), jobs=1)
    reference, clone = record.cells
    assert "not now" in (reference.failure or "")
    assert clone.verdict is Verdict.UNDEFINED
    assert told(record) == {}
