"""Baseline files: readable, whole or not at all, and refused when they cannot be trusted."""

import json

import pytest

from harness.audio.waveform import Waveform
from harness.errors import NotWritable
from harness.files import file_name
from harness.gate import accept as accepting
from harness.gate import baseline as baselines
from harness.gate.baseline import AcceptedCell, AcceptedCodec, AcceptedSetup, Baseline, BaselineInvalid
from harness.record import SEAL, Verdict, sealing


def made(created="2026-01-01T00:00:00+00:00", **cells):
    accepted = {
        name: AcceptedCell(
            runs=runs, codes="a" * 16, pcm=pcm, frames="abc", measured={"stoi": 0.9, "pesq_wb": (2.1, 2.2)}
        )
        for name, (runs, pcm) in cells.items()
    }
    return Baseline(
        suite="mine", created=created, harness="0", commit=None, run="r", machine={"architecture": "x"}, seeds={},
        measures=(1, 1), scorers={"stoi": "pystoi 0.4.1"}, recogniser={}, codecs={}, speech={},
        setups={
            "mine/shared": AcceptedSetup(
                codec="mine", reference="mine/shared", verdict=Verdict.IDENTICAL, utterances=accepted
            )
        },
    )  # fmt: skip


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
    import numpy as np

    return np.random.default_rng(1).uniform(-0.4, 0.4, 1050).astype(np.float32)
