"""Baseline files: readable, whole or not at all, and refused when they cannot be trusted."""

import json

import pytest
from gate.accepted_cells import baseline as made

from harness.errors import NotWritable
from harness.files import file_name
from harness.gate import baseline as baselines
from harness.gate.baseline import AcceptedSetup, BaselineInvalid
from harness.record import SEAL, Verdict, sealing


def seal_of(text):
    return next(line for line in text.splitlines(keepends=True) if SEAL in line)


def resealed(text, was, now):
    assert was in text
    return sealing(text.replace(seal_of(text), "").replace(was, now))


def test_a_baseline_survives_the_file_in_a_stable_order(tmp_path):
    path = baselines.place(tmp_path / "new", "my suite")
    assert path.name == f"{file_name('my suite')}.json"
    baseline = made(two=(1, "p2"), one=(2, "p1"))
    baselines.save(path, baseline)
    assert baselines.load(path) == baseline
    text = path.read_text()
    assert text.index('"one"') < text.index('"two"')
    assert baselines.as_json(made(one=(2, "p1"), two=(1, "p2"))) == text
    assert sum('stoi": 0.9' in line for line in text.splitlines()) == 2
    json.loads(text)


def test_ranges_over_variants_are_kept_and_take_no_room_where_there_are_none(tmp_path):
    path = tmp_path / "mine.json"
    baseline = made(one=(2, "p1"))
    assert "variants" not in baselines.as_json(baseline)
    one = baseline.setups["mine/shared"].utterances["one"].model_copy(update={"variants": {"stoi": (0.9, 0.95)}})
    varied = AcceptedSetup(codec="mine", reference="mine/shared", verdict=Verdict.IDENTICAL, utterances={"one": one})
    baselines.save(path, baseline.model_copy(update={"setups": {"mine/shared": varied}}))
    kept = baselines.load(path)
    assert kept is not None
    assert kept.setups["mine/shared"].utterances["one"].variants == {"stoi": (0.9, 0.95)}


def test_no_file_is_no_baseline(tmp_path):
    assert baselines.load(tmp_path / "none.json") is None


def test_what_cannot_be_trusted_is_refused_with_the_reason(tmp_path):
    path = tmp_path / "mine.json"
    text = baselines.as_json(made(one=(1, "p1")))
    for content, said in (
        (text.replace(' "suite"', '<<<<<<< HEAD\n "suite"'), r"mine.json:4: .* unresolved merge conflict"),
        (text.replace('"schema_version": 2', '"schema_version": 3'), "schema 3, this codec-harness reads 2; upgrade"),
        (
            text.replace('"schema_version": 2', '"schema_version": 1'),
            "schema 1, this codec-harness reads 2; restore it",
        ),
        (text[:-20], r"mine.json:\d+: a Baseline that is not JSON .* restore it from version control"),
        (text.replace('"schema_version": 2', '"schema_version": 3, "new": 0'), "upgrade codec-harness"),
        (resealed(text, '"runs": 1', '"runs": "many"'), "setups.mine/shared.utterances.one.runs"),
        ("[]", "not a Baseline of schema 2"),
    ):
        path.write_text(content)
        with pytest.raises(BaselineInvalid, match=said):
            baselines.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BaselineInvalid, match="cannot be read"):
        baselines.load(path)


def test_what_was_edited_is_refused_and_says_so(tmp_path):
    path = tmp_path / "mine.json"
    text = baselines.as_json(made(one=(1, "p1")))
    for was, now in (
        ('"stoi": 0.9', '"stoi": 0.5'),
        ('"stoi": 0.9, ', ""),
        ('"stoi": 0.9', '"stoi": 0.9, "other": 1.0'),
        ('"codec": "mine"', '"codec": "other"'),
        ('"verdict": "identical"', '"verdict": "corrupt"'),
        ('"runs": 1', '"runs": 2'),
        (seal_of(text), ""),
    ):
        assert was in text
        path.write_text(text.replace(was, now))
        with pytest.raises(
            BaselineInvalid, match=r"mine.json: a Baseline that is not as it was written: .* restore it"
        ):
            baselines.load(path)
    path.write_text(json.dumps(json.loads(text), indent=4))  # as a formatter leaves it
    assert baselines.load(path) == made(one=(1, "p1"))


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="nothing was changed"):
        baselines.save(tmp_path / "file" / "mine.json", made())
    (tmp_path / "mine.json").mkdir()
    with pytest.raises(NotWritable, match="cannot be written"):
        baselines.save(tmp_path / "mine.json", made())
    assert not list(tmp_path.glob("*.partial"))


def test_scorers_recogniser_and_definitions_must_be_those_of_today():
    baseline = made()
    assert baselines.stale(baseline, baseline) == []
    assert baselines.stale(baseline, baseline.model_copy(update={"scorers": {"stoi": "pystoi 0.5"}})) == [
        "scorer stoi was pystoi 0.4.1, now pystoi 0.5"
    ]
    reasons = baselines.stale(baseline, baseline.model_copy(update={"measures": (2, 1), "recogniser": {"n": "2"}}))
    assert reasons == [
        "measurements were defined otherwise (version (1, 1), now (2, 1))",
        "recogniser n was None, now 2",
    ]
