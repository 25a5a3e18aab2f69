"""An answer says no more than what its probes showed."""

from harness.bisect.answer.words import tell_factors, tell_joint
from harness.bisect.history import file as histories
from harness.bisect.joint import search_history_and_configuration
from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.search import Noise, Rules
from harness.bisect.search.causes import Role
from harness.bisect.searches import inquiry, search_history, search_setups
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.topology.setup import Configuration

CONDITIONS = Conditions(
    speech=SpeechTable(utterances=("slt-04",)), scores=ScoresTable(asr=False, pesq=False, stoi=False)
)


def search(names, rules=None, **given):
    """Search over the factors *names*, of the codec by rule."""
    good, bad = (
        Configuration(codec=CodecSpec(name="c", adapter="planted.ruled:Ruled", options=given | changed))
        for changed in ({}, dict.fromkeys(names, 1))
    )
    with inquiry(CONDITIONS, parse("altered"), Plan(jobs=1, rules=rules or Rules())) as asked:
        record = search_setups(good, bad, ("good", "bad"), asked)
    return record, tell_factors(record, "altered")


def history(folder, versions, given, end=""):
    text = "".join(f'[[versions]]\nname = "v{v}"\nset = {{ "codec.v" = {v} }}\n' for v in range(versions))
    path = folder / "app.versions.toml"
    path.write_text(
        'bad_if = "altered"\n[speech]\nutterances = ["slt-04"]\n[scores]\nasr = false\npesq = false\nstoi = false\n'
        f'[codecs.c]\nadapter = "planted.ruled:Ruled"\n{given}\n[start]\ncodec = "c"\n{end}\n{text}'
    )
    return histories.load(path, limit=60)


def test_nothing_is_proven_by_points_that_could_not_be_judged():
    record, words = search("abc", bad="a and b", fails="a + b + c in (1, 2)")
    assert (record.complete, record.exhaustive) == (False, False)
    assert {factor.roles for factor in record.factors} == {(Role.PERHAPS,)}
    assert "none of them without the others" not in words
    assert "whether all of them are needed is not known (not judged: codec.b + codec.c; codec.a + codec.c; " in words
    assert "not everything could be proven, since 6 points could not be judged: codec." in words
    assert words.endswith("(the codec failed: decode of frames 0 to 0: no such kernel).")
    assert "every combination was judged" not in words, words


def test_what_was_judged_is_proven():
    record, words = search("abc", bad="a and b")
    assert (record.complete, record.exhaustive) == (True, True)
    assert "codec.a = 1 and codec.b = 1 break it together, and none of them without the others." in words
    assert words.endswith("; every combination was judged.")


def test_who_hides_a_cause_together_with_another_is_not_innocent():
    _, words = search("abcv", bad="v or (a and not (b and c))")
    assert "codec.b and codec.c hide the effect of codec.a." in words
    assert "innocent" not in words
    assert "Smallest fix: codec.v = None." in words


def test_what_was_not_judged_is_in_doubt_where_a_factor_masks_another():
    record, words = search("abcv", Rules(verify=3), bad="v or (a and not b)")
    assert record.surprises
    assert not record.exhaustive
    assert "codec.c = 1 is innocent as far as was judged, since one factor may mask another: setting it" in words
    assert "A fix, of which nothing can be spared: codec.v = None." in words
    assert "not everything could be proven, since one factor may mask another and not every combination was" in words


def test_a_fix_of_which_a_part_was_not_judged_is_not_the_smallest():
    record, words = search("ab", bad="a", fails="b and not a")
    assert [repair.factors for repair in record.repairs] == [("codec.a", "codec.b")]
    assert "A fix, of which less may be enough: codec.a = None and codec.b = None." in words


def test_who_is_part_of_a_cause_in_any_round_is_not_innocent(tmp_path):
    end = '[end]\nset = { "codec.a" = 1, "codec.b" = 1, "codec.c" = 1 }'
    asked = history(tmp_path, 4, 'bad = "v >= 1 and a and (b or v >= 3)"', end)
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1)) as inquired:
        record = search_history_and_configuration(asked, inquired)
    words = tell_joint(record, "altered")
    assert "With codec.a = 1 and codec.b = 1: it breaks in v1" in words
    assert "codec.c = 1 is innocent" in words
    roles = [{factor.factor: factor.roles for factor in one.factors} for one in record.rounds]
    assert roles[0]["codec.b"] == (Role.DEPENDS,)
    assert roles[1]["codec.b"] == (Role.TOGETHER,)
    assert roles[0]["codec.c"] == (Role.HARMLESS,)


def test_what_masks_a_version_is_told_and_which_version_was_tried_alone(tmp_path):
    end = '[end]\nset = { "codec.a" = 1, "codec.b" = 1, "codec.c" = 1 }'
    asked = history(tmp_path, 4, 'bad = "c or (v >= 2 and not b)"', end)
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1)) as inquired:
        words = tell_joint(search_history_and_configuration(asked, inquired), "altered")
    assert "It breaks in v2: v1 is still good." in words
    assert "codec.b hides the effect of version." in words
    assert "codec.b = 1 is innocent" not in words
    asked = history(tmp_path, 4, 'bad = "(v >= 1 and a) or v in (1, 2)"', '[end]\nset = { "codec.a" = 1 }')
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1)) as inquired:
        words = tell_joint(search_history_and_configuration(asked, inquired), "altered")
    assert "With codec.a = 1: it breaks in v1: v0 is still good. Neither v3 nor the configuration breaks it" in words


def test_what_breaks_without_a_version_was_seen_in_the_first(tmp_path):
    end = '[end]\nset = { "codec.a" = 1 }'
    asked = history(tmp_path, 3, 'bad = "a"', end)
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1)) as inquired:
        record = search_history_and_configuration(asked, inquired)
    assert "codec.a = 1 breaks the first version already, v0." in tell_joint(record, "altered")


def test_a_fault_that_shows_now_and_then_is_not_good_in_the_first_version_by_one_run(tmp_path):
    rule = f'bad = "v >= 2"\nshows = "001"\nlog = "{tmp_path / "instances"}"'
    asked = history(tmp_path, 3, rule)
    rules = Rules(Noise(0.0, 0.7), confidence=0.9)
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1, rules=rules)) as inquired:
        record = search_history(asked, inquired)
    (change,) = record.changes
    assert (change.after, change.since_start) == ("v2", False)
