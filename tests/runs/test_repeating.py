"""A codec that is not the same twice is found by repeating it, told by its kind, and believed if it says so itself."""

import sys
from contextlib import closing
from pathlib import Path

import pytest

from harness.codecs.opening import open_codec
from harness.record import Verdict
from harness.runs import pipeline, repeating
from harness.runs import suite as suites
from harness.runs.preparing import Options
from harness.runs.repeating import Repeat, Repeating, reference_of, told
from harness.runs.suite_speech import chosen_speech
from harness.runtime.store import Store
from harness.runtime.workers import opened
from harness.verdict import NOT_REPEATED

DECLARING = """
from planted.faults import Noisy

class MyCodec(Noisy):
    promises_not = {"deterministic": "it dithers"}
"""


def suite(adapter, *topologies, **codecs):
    content = {
        "speech": {"utterances": ["heart-04"]},
        "codecs": {"mine": {"adapter": adapter}, **codecs},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "setups": [{"codec": "mine", "topology": ["shared", *topologies]}],
    }
    return suites.parse(content, "test", Path(), "test")


def ran(tmp_path, adapter, *topologies):
    record, _ = pipeline.run(suite(adapter, *topologies), tmp_path, Options(explain=False), jobs=1)
    return record


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("planted.faults:Noisy", "two fresh processes give other output: it is random"),
        ("planted.unsteady:WarmsUp", "gives other output than all later ones: it is warmed up by use"),
        ("planted.unsteady:OneSlot", "each stream finds what the one before has left, unless its instance is reset"),
        ("planted.unsteady:LeavesBehind", "gives other output after other speech: earlier streams leave something"),
    ],
)
def test_it_is_said_of_which_kind_it_is_and_the_reference_is_not_met(adapter, said, tmp_path):
    record = ran(tmp_path, adapter)
    (setup,) = record.setups
    assert setup.verdict is Verdict.UNDEFINED
    assert not setup.met
    assert not record.met
    assert said in setup.reasons[0]
    assert said in record.notes[0]
    assert record.headline.startswith("1 of 1 setups are not what they must be: mine/shared is undefined")


def test_a_codec_that_repeats_is_repeated_once_and_kept(tmp_path, monkeypatch):
    record = ran(tmp_path / "one", "planted.faults:Sound")
    assert record.met
    assert not any("twice" in note for note in record.notes)
    assert told(record, [Repeat(setup="mine/shared")]) is record
    monkeypatch.setattr(Repeating, "_asked", lambda *_: pytest.fail("it was repeated already"))
    assert ran(tmp_path / "two", "planted.faults:Sound").met
    with pytest.raises(pytest.fail.Exception):
        pipeline.run(suite("planted.faults:Sound"), tmp_path / "two", Options(explain=False, fresh=True), jobs=1)


def test_what_a_codec_declares_is_noted_and_not_held_against_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "dithering.py").write_text(DECLARING)
    record = ran(tmp_path / "runs", "dithering:MyCodec")
    assert record.met
    assert (
        "does not give the same bits twice, as the codec declares (it dithers): two fresh processes" in record.notes[0]
    )
    assert 'Ask at_least = "equivalent", or less, of its setups.' in record.notes[0]
    sys.modules.pop("dithering", None)


def test_rounding_that_is_declared_is_noted_only(tmp_path):
    record = ran(tmp_path, "planted.unsteady:Rounding")
    assert record.met
    assert "within the rounding that the codec declares" in record.notes[0]


DYING = """
import os
from pathlib import Path
from planted.faults import Sound

TURNS = Path(__file__).with_suffix(".turns")  # a letter for each process; in those of `die` it ends

class MyCodec(Sound):
    def __init__(self, die):
        super().__init__("opus")
        self.die = die

    def open(self):
        turn = TURNS.read_text() if TURNS.exists() else ""
        if not getattr(MyCodec, "counted", False):
            MyCodec.counted = True
            TURNS.write_text(turn + "x")
            if len(turn) in self.die:
                os.kill(os.getpid(), 9)
        return super().open()
"""


@pytest.mark.parametrize(("die", "met"), [([1], True), ([1, 2], False)])
def test_a_process_that_ends_while_repeating_is_no_answer_the_first_time_and_none_that_lasts(
    die, met, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"dying{len(die)}.py").write_text(DYING)
    made = suite(f"dying{len(die)}:MyCodec")
    codecs = {name: spec.model_copy(update={"options": {"die": die}}) for name, spec in made.codecs.items()}
    setups = tuple(
        setup.model_copy(update={"configuration": setup.configuration.model_copy(update={"codec": codecs["mine"]})})
        for setup in made.setups
    )
    made = made.model_copy(update={"codecs": codecs, "setups": setups})
    record, _ = pipeline.run(made, tmp_path / "runs", Options(explain=False), jobs=1)
    assert (record.met, record.died) == (met, 0 if met else 1)
    if not met:
        assert "cannot be told: run again in a fresh process, it ended its worker process" in record.notes[0]
        (reason,) = record.setups[0].reasons
        assert reason.startswith("whether the codec gives the same bits twice cannot be told: run again")
        assert "does not give the same bits" not in record.notes[0] + reason
    record, _ = pipeline.run(made, tmp_path / "runs", Options(explain=False), jobs=1)
    assert record.met


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("xy", "abcd", "two fresh processes"),
        ("ab", "abbb", "the first instance"),
        ("ab", "aaab", "after other speech"),
        ("ac", "abbc", "after other speech"),
        ("ac", "abcd", "each fresh instance"),
        ("aa", "aaaa", "in the run, after other setups, it gave other output than 6 times in fresh processes"),
        # What comes now and then may look like each of these in one process, but not in both.
        ("aa", "abbb", "now and then, in no order that two processes share: it is random"),
        ("aa", "aaab", "it is random"),
        ("ab", "aaaa", "it is random"),
        ("ad", "abcd", "it is random"),
    ],
)
def test_the_kinds(first, second, said):
    """By outputs of the utterance: m, (o,) m in one fresh process, and m, m, m, (o,) m in another."""
    assert said in repeating._kind(first, second)


def test_the_reference_of_a_codec_that_is_held_against_another():
    made = suites.parse(
        {
            "codecs": {name: {"adapter": "opus"} for name in ("good", "port", "bad", "unused")},
            "setups": [
                {"codec": "good"},
                {"codec": "port", "topology": ["separate", "shared"], "reference": "good/shared"},
                {"codec": "port", "topology": "sequential"},
                {"codec": "bad", "topology": "cross-talk", "reference": "good/shared"},
            ],
        },
        "test", Path(), "test",
    )  # fmt: skip
    chosen = {name: reference_of(made, name) for name in made.codecs}
    assert {name: one.name if one else None for name, one in chosen.items()} == {
        "good": "good/shared", "port": "port/shared", "bad": None, "unused": None,
    }  # fmt: skip


def of_program(roundtrip):
    """Return a suite of one setup, of a codec that is a program."""
    content = {
        "speech": {"utterances": ["heart-04"]},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "codecs": {
            "program": {
                "adapter": "command", "sample_rate": 16_000, "frame_size": 320,
                "roundtrip": roundtrip,
            }
        },
        "setups": [{"codec": "program", "topology": "offline", "reference": "program/offline"}],
    }  # fmt: skip
    return suites.parse(content, "test", Path(), "test")


def test_a_program_that_is_another_when_it_is_repeated_says_nothing_of_the_one_that_ran(tmp_path):
    """It is rebuilt while the run goes on, once its cells are there; then what was built at first is put back."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\ncp "$1" "$2"\n')
    program.chmod(0o755)
    made = of_program([str(program), "{in}", "{out}"])

    def rebuilt(done, _of):
        if done:
            program.write_text("#!/bin/sh\n" + 'head -c 44 "$1" > "$2"\nhead -c 119680 /dev/zero >> "$2"\n')

    built = program.read_text()
    first, _ = pipeline.run(made, tmp_path / "runs", jobs=1, progress=rebuilt)
    program.write_text(built)
    again, _ = pipeline.run(made, tmp_path / "runs", jobs=1)
    assert NOT_REPEATED in first.setups[0].reasons[0]
    assert "in two processes, info.fingerprint is" in first.setups[0].reasons[0]
    assert (first.met, first.died, again.met, again.died) == (False, 1, True, 0)


@pytest.mark.parametrize("how", ["kill -9 $$", "exit 137", "exit 3"])
def test_a_program_that_a_signal_ended_is_tried_again_by_the_next_run(how, tmp_path):
    once = f'if [ -e {tmp_path}/begun ]; then cp "$0" "$1"; else touch {tmp_path}/begun; {how}; fi'
    made = of_program(["sh", "-c", once, "{in}", "{out}"])
    first, _ = pipeline.run(made, tmp_path / "runs", jobs=1)
    again, _ = pipeline.run(made, tmp_path / "runs", jobs=1)
    by_signal = how != "exit 3"  # which it may do again
    assert (first.met, first.died, again.met) == (False, int(by_signal), by_signal)


def test_it_begins_with_each_codec_of_which_nothing_waits(tmp_path, monkeypatch):
    made = suites.parse(
        {
            "speech": {"utterances": ["heart-04"]},
            "codecs": {"mine": {"adapter": "planted.faults:Sound"}, "noisy": {"adapter": "planted.faults:Noisy"}},
            "scores": {"asr": False, "pesq": False, "stoi": False},
            "setups": [{"codec": ["mine", "noisy"]}],
        },
        "test", Path(), "test",
    )  # fmt: skip
    ran_before, _ = pipeline.run(made, tmp_path / "runs", Options(explain=False, repeat=False), jobs=1)
    (spoken,) = chosen_speech(made.speech)
    infos = {name: open_codec(spec).info for name, spec in made.codecs.items()}
    monkeypatch.setattr(Repeating, "_again", lambda *_: pytest.fail("a second process was asked"))
    with opened(1) as workers, closing(Store(tmp_path / "store")) as store:
        now = Repeating(made, infos, (spoken, spoken), store, workers.pool.fresh)
        now.begin()
        assert now._first == {}  # no cell is finished
        now.see(ran_before.cells)
        now.begin(["mine", "noisy"])
        assert now._first == {}
        now.begin(["noisy"])
        assert list(now._first) == ["mine/shared"]
        now.begin()
        assert list(now._first) == ["mine/shared", "noisy/shared"]
        with pytest.raises(pytest.fail.Exception):
            now.repeats(())  # Noisy is asked once more
        now = Repeating(made, infos, (spoken, spoken), store, workers.pool.fresh)
        now.see(ran_before.cells)
        now.begin()
        assert list(now._first) == ["noisy/shared"]  # what the other does is known
