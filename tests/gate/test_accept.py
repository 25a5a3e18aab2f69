"""Accepting: what becomes the baseline, what of the old one is kept, and what is told of it."""

import numpy as np
import pytest
from gate.accepted_cells import baseline as made
from gate.accepted_runs import accepted_run, replaced

from harness.audio.waveform import Waveform
from harness.gate import accept as accepting
from harness.gate import baseline as baselines
from harness.gate.baseline import AcceptedCodec, BaselineInvalid
from harness.record import Measurement
from harness.runs.recorded import Run


def test_calibration_is_kept_where_the_bits_are_the_same():
    old, new = made(one=(5, "p1"), two=(5, "p2"), gone=(5, "p")), made("later", one=(1, "p1"), two=(1, "other"))
    cells = accepting.merged(old, new, whole=True).setups["mine/shared"].utterances
    assert (cells["one"].runs, cells["two"].runs) == (5, 1)
    assert "gone" not in cells
    part = accepting.merged(old, made("later", two=(1, "other")), whole=False).setups["mine/shared"].utterances
    assert {name: cell.runs for name, cell in part.items()} == {"one": 5, "two": 1, "gone": 5}


def test_a_part_is_not_accepted_beside_what_it_cannot_be_compared_with():
    new = made(one=(1, "p1")).model_copy(update={"scorers": {"stoi": "pystoi 0.5"}})
    with pytest.raises(BaselineInvalid, match="accept the whole suite"):
        accepting.merged(made(one=(1, "p1")), new, whole=False)
    assert accepting.merged(made(one=(9, "p1")), new, whole=True).setups["mine/shared"].utterances["one"].runs == 1


def test_a_part_is_not_accepted_that_makes_other_cells_of_other_speech():
    def spoken(sha256, **cells):
        return made(**cells).model_copy(update={"speech": dict.fromkeys(("one", "two"), sha256)})

    old = spoken("a", one=(1, "p"), two=(1, "p"))
    with pytest.raises(BaselineInvalid, match=r"mine/shared/two was accepted with other speech .*; accept two in all"):
        accepting.merged(old, spoken("b", one=(1, "p")), whole=False)
    assert (
        accepting.merged(old, spoken("a", one=(2, "q")), whole=False).setups["mine/shared"].utterances["one"].runs == 2
    )
    assert accepting.merged(old, spoken("b", one=(1, "p"), two=(1, "p")), whole=False).speech == {
        "one": "b",
        "two": "b",
    }
    assert accepting.merged(old, spoken("b", one=(1, "p")), whole=True).setups["mine/shared"].utterances.keys() == {
        "one"
    }


def test_a_part_is_not_accepted_of_another_codec_while_other_cells_are_of_the_old_one():
    def of(fingerprint, setups, codec="mine", says=True, **cells):
        accepted = made(**cells).setups["mine/shared"].model_copy(update={"codec": codec if says else ""})
        declared = AcceptedCodec(
            fingerprint=fingerprint, sample_rate=16000, frame_size=320, codebooks=8, bins=2, delay=0
        )
        codecs = {"mine": declared, "other": declared}
        return made().model_copy(update={"codecs": codecs, "setups": dict.fromkeys(setups, accepted)})

    old = of("f:1", ["mine/shared", "mine/clone"], one=(1, "p"), two=(1, "p"))
    for part in (of("f:2", ["mine/shared"], one=(1, "q"), two=(1, "q")), of("f:2", old.setups, one=(1, "q"))):
        with pytest.raises(
            BaselineInvalid, match=r"was accepted when mine was another codec \(2 instead of 1\); accept all"
        ):
            accepting.merged(old, part, whole=False)
    everything = accepting.merged(old, of("f:2", old.setups, one=(1, "q"), two=(1, "q")), whole=False)
    assert everything.codecs["mine"].fingerprint == "f:2"
    beside = accepting.merged(old, of("f:2", ["other/shared"], "other", one=(1, "q")), whole=False)
    assert {name: codec.fingerprint for name, codec in beside.codecs.items()} == {"mine": "f:1", "other": "f:2"}
    for named, says in (("mine/clone", False), ("my own name", False)):
        unsaid = of("f:1", ["mine/shared", named], says=says, one=(1, "p"))
        with pytest.raises(BaselineInvalid, match=f"{named}/one was accepted when mine was another codec"):
            accepting.merged(unsaid, of("f:2", ["mine/shared"], one=(1, "q")), whole=False)


def test_changes_name_what_moved():
    old, new = made(one=(1, "p1"), gone=(1, "p")), made(one=(1, "p2"), two=(1, "p"))
    assert accepting.changes(old, new) == [
        "removed mine/shared/gone",
        "changed mine/shared/one: other pcm",
        "added mine/shared/two",
    ]
    assert accepting.changes(old, old) == []


def test_equal_frames_have_equal_characters(rng_noise):
    digits = accepting.frame_digits(Waveform(rng_noise, 16000), 100)
    assert len(digits) == 11
    changed = rng_noise.copy()
    changed[250] += 0.5
    differing = [
        i
        for i, pair in enumerate(zip(digits, accepting.frame_digits(Waveform(changed, 16000), 100), strict=True))
        if pair[0] != pair[1]
    ]
    assert differing == [2]


@pytest.fixture
def rng_noise():
    return np.random.default_rng(1).uniform(-0.4, 0.4, 1050).astype(np.float32)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return *accepted_run(folder), folder


PLACE = ("mini/dirty-clone", "slt-01")


def kept(record, folder, *others):
    runs = [Run(other, folder) for other in (*others, record)]
    return accepting.of_runs(runs).setups[PLACE[0]].utterances[PLACE[1]]


def test_of_several_runs_the_worst_and_the_best_are_kept_and_bits_where_all_agree(accepted):
    record, _, folder = accepted
    cell = record.cells.get(*PLACE)
    other = replaced(record, PLACE, pcm_sha256="other", measurements=cell.measurements | of(stoi=0.5))
    one, both = kept(record, folder), kept(record, folder, other, record)
    assert (one.runs, one.pcm, one.codes) == (1, cell.pcm_sha256[:16], cell.codes_sha256[:16])
    assert (both.runs, both.pcm, both.codes) == (3, None, one.codes)
    assert both.measured["stoi"] == (0.5, one.measured["stoi"])
    assert both.measured["pesq_wb"] == one.measured["pesq_wb"]
    assert both.frames == one.frames  # to find the first frame that differs
    assert len(both.frames) == 75  # 3 s in frames of 40 ms


def of(**values):
    return {
        name: Measurement.missing(value) if isinstance(value, str) else Measurement.of(value, "1")
        for name, value in values.items()
    }


def test_what_was_undefined_in_any_run_is_accepted_as_undefined(accepted):
    record, _, folder = accepted
    cell = record.cells.get(*PLACE)
    other = replaced(record, PLACE, measurements=cell.measurements | of(stoi="silent"))
    assert kept(record, folder, other).measured["stoi"] == "silent"
    assert "glitch_ms" not in kept(record, folder).measured  # never measured


def test_a_run_with_a_failed_cell_is_not_accepted_and_names_it(accepted):
    record, _, folder = accepted
    broken = replaced(record, PLACE, failure="ValueError: bad frame")
    with pytest.raises(BaselineInvalid, match=r"sample cannot be accepted: 1 cells failed \(mini/dirty-clone/slt-01\)"):
        kept(broken, folder)
    with pytest.raises(BaselineInvalid, match="0 cells failed"):
        kept(record.model_copy(update={"complete": False}), folder)


def test_a_commit_with_changes_says_so(accepted):
    record, baseline, folder = accepted
    assert baseline.commit == "0123abc+changes"
    clean = record.model_copy(update={"provenance": record.provenance.model_copy(update={"dirty": False})})
    assert accepting.of_runs([Run(clean, folder)]).commit == "0123abc"


def test_a_range_over_variants_is_moved_by_how_far_a_setup_is_from_its_reference(accepted):
    record, _, folder = accepted
    spoken = record.model_copy(update={"suite": record.suite | {"speech": {"variants": 3}}})
    reference = ("mini/shared", "slt-01")
    varied = replaced(spoken, reference, variants={"stoi": (0.92, 0.96)}, measurements=of(stoi=0.94))
    varied = replaced(varied, PLACE, measurements=of(stoi=0.90))
    assert kept(varied, folder).variants == {"stoi": (0.88, 0.92)}
    silent = replaced(varied, PLACE, measurements=of(stoi="silent"))
    assert kept(silent, folder).variants == {}
    assert kept(varied.model_copy(update={"suite": record.suite}), folder).variants == {}


def test_a_damaged_baseline_is_replaced_by_the_whole_suite_and_not_by_a_part(accepted, tmp_path):
    record, baseline, folder = accepted
    path = tmp_path / "sample.json"
    path.write_text("<<<<<<< HEAD\n")
    with pytest.raises(BaselineInvalid, match="merge conflict"):
        accepting.accept([Run(record, folder)], path, whole=False)
    assert accepting.accept([Run(record, folder)], path, whole=True) == ["the first baseline of sample: 9 cells"]
    assert baselines.load(path) == baseline


def test_each_thing_that_moved_of_a_cell_is_told():
    old = made(one=(1, "p"))
    cell = old.setups["mine/shared"].utterances["one"]

    def told(**update):
        setup = old.setups["mine/shared"]
        changed = setup.model_copy(update={"utterances": {"one": cell.model_copy(update=update)}})
        (line,) = accepting.changes(old, old.model_copy(update={"setups": {"mine/shared": changed}}))
        return line.removeprefix("changed mine/shared/one: ")

    assert told(measured={"stoi": 0.5, "pesq_wb": "silent"}) == "pesq_wb 2.1..2.2 -> undefined, stoi 0.9 -> 0.5"
    assert told(codes="b" * 16, runs=4) == "other codes, runs 1 -> 4"
    assert told(findings=("repetition loop",)) == "findings [] -> ['repetition loop']"
    assert told(frames="abd") == "frames"
