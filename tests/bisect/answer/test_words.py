"""An answer says no more than what its probes showed."""

import re

import pytest
from answered import ENDS, factors, versions

from harness.bisect.answer.build import Why
from harness.bisect.answer.record import ControlRecord, RepeatsRecord
from harness.bisect.answer.words import tell_factors, tell_joint, tell_repeats, tell_versions
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


def joint(asked):
    """Search over the versions of a history and its configuration."""
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1)) as inquired:
        return search_history_and_configuration(asked, inquired)


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
    assert re.search(
        r"codec.c = 1 is innocent as far as was judged, in \d+ of 16 combinations, since one factor may mask another: "
        "setting it",
        words,
    )
    assert "A fix, of which nothing can be spared: codec.v = None." in words
    assert "not everything could be proven, since one factor may mask another and not every combination was" in words


def test_what_is_called_innocent_says_in_how_many_combinations_it_was_judged():
    record, words = search("abcv", bad="a")
    judged = len(record.probes)
    assert judged < 16
    said = (
        f"codec.b = 1, codec.c = 1 and codec.v = 1 are innocent as far as was judged, in {judged} of 16 combinations: "
    )
    assert said in words
    assert "are innocent: setting any of them" in search("abc", bad="a")[1]


def test_what_was_tried_of_one_innocent_is_not_denied_for_another():
    record, _ = search("abcv", bad="a")

    def said(**kept_bad):
        factors = [
            one.model_copy(update={"kept_bad": kept_bad.get(one.factor.removeprefix("codec."), one.kept_bad)})
            for one in record.factors
        ]
        return tell_factors(record.model_copy(update={"factors": tuple(factors)}), "altered")

    assert "probes, and a bad one bad in at least 2." in said(b=2, c=3, v=2)
    tried = "probes, and a bad one bad in at least"
    assert f"{tried} 2; no bad point was tried with codec.c." in said(b=2, c=0, v=3)
    assert f"{tried} 3; no bad point was tried with codec.b or codec.c." in said(b=0, c=0, v=3)
    assert "probes; no bad point was tried with any of them." in said(b=0, c=0, v=0)


def test_a_fix_of_which_a_part_was_not_judged_is_not_the_smallest():
    record, words = search("ab", bad="a", fails="b and not a")
    assert [repair.factors for repair in record.repairs] == [("codec.a", "codec.b")]
    assert "A fix, of which less may be enough: codec.a = None and codec.b = None." in words


def test_who_is_part_of_a_cause_in_any_round_is_not_innocent(tmp_path):
    end = '[end]\nset = { "codec.a" = 1, "codec.b" = 1, "codec.c" = 1 }'
    asked = history(tmp_path, 4, 'bad = "v >= 1 and a and (b or v >= 3)"', end)
    record = joint(asked)
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
    words = tell_joint(joint(asked), "altered")
    assert "It breaks in v2: v1 is still good." in words
    assert "codec.b hides the effect of version." in words
    assert "codec.b = 1 is innocent" not in words
    asked = history(tmp_path, 4, 'bad = "(v >= 1 and a) or v in (1, 2)"', '[end]\nset = { "codec.a" = 1 }')
    words = tell_joint(joint(asked), "altered")
    assert "With codec.a = 1: it breaks in v1: v0 is still good. Neither v3 nor the configuration breaks it" in words


def test_what_breaks_without_a_version_was_seen_in_the_first(tmp_path):
    end = '[end]\nset = { "codec.a" = 1 }'
    asked = history(tmp_path, 3, 'bad = "a"', end)
    record = joint(asked)
    assert "codec.a = 1 breaks the first version already, v0." in tell_joint(record, "altered")


def test_a_fault_that_shows_now_and_then_is_not_good_in_the_first_version_by_one_run(tmp_path):
    rule = f'bad = "v >= 2"\nshows = "001"\nlog = "{tmp_path / "instances"}"'
    asked = history(tmp_path, 3, rule)
    rules = Rules(Noise(0.0, 0.7), confidence=0.9)
    with inquiry(asked.conditions, parse(asked.bad_if), Plan(jobs=1, rules=rules)) as inquired:
        record = search_history(asked, inquired)
    (change,) = record.changes
    assert (change.after, change.since_start) == ("v2", False)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda _point: False, "bad end is not bad (corrupt), and neither is good end: this cannot be reproduced, or"),
        (lambda _point: True, "good end, the good end, is bad (corrupt) already: choose a better one."),
        (lambda point: not point, "The ends are swapped: good end is bad and bad end is good."),
        (lambda point: None if point else False, "An end cannot be judged, bad end: no such kernel."),
    ],
)
def test_ends_that_are_not_what_they_were_said_to_be_are_the_answer(rule, said):
    assert tell_factors(factors("ab", rule), "corrupt").startswith(said)


def test_of_two_causes_it_is_told_that_undoing_one_changes_nothing():
    words = tell_factors(factors("abc", lambda point: "a" in point or "b" in point), "corrupt")
    assert "a = 1 alone breaks it. b = 1 alone breaks it. Undoing only a or b leaves it bad, since another" in words
    assert "Smallest fix: a = 0 and b = 0. c = 1 is innocent: setting it left a good point good in 1 pair" in words
    assert "Undoing only" not in tell_factors(factors("abc", lambda point: "a" in point), "corrupt")


def test_of_several_fixes_the_others_are_counted():
    words = tell_factors(factors("abc", lambda point: point >= {"a", "b", "c"}), "corrupt")
    assert "Smallest fix: a = 0 (2 other ways too)." in words


def test_probabilities_are_told_where_error_rates_were_given_alone():
    rates = Rules(noise=Noise(0.1, 0.2))
    believed = "if a probe calls a good point bad in 10.0 % and a bad one good in 20.0 % of all cases"
    assert believed in tell_factors(factors("a", bool, rates), "corrupt")
    assert believed in tell_versions(versions(3, lambda index: index >= 1, rates), "corrupt")
    assert "probability" not in tell_factors(factors("a", bool), "corrupt") + tell_versions(versions(2, bool), "c")


@pytest.mark.parametrize(
    ("names", "said"),
    [("abc", "since 3 points could not be judged: a + b; b + c; a + c ("), ("abcd", "since 10 points")],
)
def test_of_many_points_that_could_not_be_judged_six_are_named(names, said):
    record = factors(names, lambda point: None if 1 < len(point) < len(names) else len(point) == len(names))
    words = tell_factors(record, "corrupt")
    assert said in words
    named = words.partition("could not be judged: ")[2].partition(" (no such kernel)")[0].split("; ")
    assert named[6:] == ([] if names == "abc" else ["4 more"])


def control(**changes):
    content = {"hazard": "a", "value": 1, "clean": 0, "remedy": "b", "remedy_value": 1, "works": 0}
    return ControlRecord.model_validate(content | changes)


def test_a_remedy_that_does_not_work_is_told_and_what_goes_around_it_is_no_fix():
    record = factors("ab", lambda point: "a" in point)
    failing = record.model_copy(update={"controls": (control(fails=True),)})
    words = tell_factors(failing, "corrupt")
    assert "b = 1 is meant to undo a = 1, and does not: with both it is bad, with a = 0 good. So the fault is" in words
    assert "Smallest way around it, which fixes nothing: a = 0." in words
    assert "Nothing undoes a = 1: with b = 0 it is good, and with a = 0 too." in tell_factors(
        record.model_copy(update={"controls": (control(fails=False),)}), "corrupt"
    )
    both = factors("ab", lambda point: point >= {"a", "b"}).model_copy(update={"controls": (control(fails=False),)})
    assert "b = 1 breaks it only by leaving out what undoes a = 1: with b = 0 it is good" in tell_factors(both, "c")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            lambda index: index >= 3,
            "It breaks in v3: v2 is still good. v3 sets app.n = 3.\n8 probes of versions; 8 of 8",
        ),
        (
            lambda index: None if index == 3 else index >= 3,
            "It breaks in v4: v2 is still good, and v3 between them cannot be judged, so it may have happened there. ",
        ),
        (
            lambda index: 3 <= index < 6,
            "Both v0 and v7 are good, but between them it was bad (corrupt). The history changes 2 times.\n"
            "It breaks in v3: v2 is still good. v3 sets app.n = 3.\nIt is fixed in v6: v5 is still bad. ",
        ),
    ],
)
def test_each_change_of_a_history_is_told_in_a_line_of_its_own(rule, said):
    assert tell_versions(versions(8, rule), "corrupt").startswith(said)


def test_versions_that_could_not_be_judged_are_named():
    words = tell_versions(versions(8, lambda index: None if index in (3, 5) else index >= 3), "corrupt")
    assert words.splitlines()[-1].startswith("Skipped: v3 and v5. 8 probes")


def test_what_makes_a_change_is_told_in_the_place_of_what_it_sets():
    why = Why(factors("ab", lambda point: "a" in point), since_start=True)
    words = tell_versions(versions(3, lambda index: index >= 1, why={0: why}), "corrupt")
    assert "What v1 changes is not enough in v0: it needs what was set before. bad end differs from good end" in words
    assert "v1 sets" not in words


def repeats(**changes):
    content = {"points": ENDS, "utterance": "slt-04", "times": 4, "processes": 2, "identical": True, "stands": True}
    return RepeatsRecord.model_validate(content | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Repeated: 2 points, 4 runs of each on slt-04, 2 of them in fresh processes and in opposite orders. Each"),
        ({"remembered": True}, "Repeated by an earlier search: 2 points"),
        ({"identical": False}, "They are not equal bit for bit, but each point was judged alike every time."),
        (
            {"stands": False, "contradicted": ("bad end",), "words": "it is random"},
            "nothing is called innocent: bad end was judged now good, now bad (corrupt) in 2 points",
        ),
        ({"stands": False, "contradicted": ENDS}, "good end and bad end were judged now good"),
        ({"stands": False, "words": "it died"}, "Nothing is accused, since .* could not be repeated: it died."),
    ],
)
def test_what_was_repeated_is_told_and_what_did_not_repeat_accuses_nothing(changes, said):
    told = tell_repeats(repeats(**changes), "corrupt")
    assert all(part in told for part in said.split(" .* "))
