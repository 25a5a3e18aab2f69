"""How a codec fails is told once, and another failure is never told as the same one."""

import pytest
from answered import ENDS, history

from harness.bisect.answer import failures
from harness.bisect.answer.build import factors_record, versions_record
from harness.bisect.probe.differences import Difference
from harness.bisect.search import Judged, Observation, Oracle, Rules, search_factors, search_versions


def failing(failure):
    """Return how a point is judged that fails so; "" is good, None cannot be judged."""
    if failure is None:
        return Observation(Judged.SKIP, "no such kernel.", failure="no kernel")
    return (
        Observation(Judged.BAD, f"slt-04: {failure}.", failure=failure) if failure else Observation(Judged.GOOD, "ok")
    )


def of_factors(names, rule):
    rules = Rules()
    answer = search_factors(names, Oracle(lambda point, _sure: failing(rule(point)), rules))
    found = tuple(Difference(name, "", 1) for name in names)
    return factors_record(answer, found, ENDS, {}, {}, rules.noise)


def of_versions(*said):
    rules = Rules()
    answer = search_versions(len(said), Oracle(lambda index, _sure: failing(said[index]), rules))
    figures = dict.fromkeys(range(len(said)), ())
    return versions_record(history(len(said)), answer, figures, {}, {}, (), rules.noise)


def test_the_bad_end_says_how_it_fails_once():
    assert failures.of_causes(of_factors("ab", lambda point: "nan" if "a" in point else "")) == [
        "bad end fails: slt-04: nan."
    ]
    fine = of_factors("ab", lambda _point: "")
    assert failures.of_causes(fine) == []


def test_only_the_cause_that_fails_otherwise_is_told_as_another_failure():
    record = of_factors("abc", lambda point: "nan" if "a" in point else "hangs" if "b" in point else "")
    said = failures.of_causes(record)
    assert said[0] == "bad end fails: slt-04: nan."
    assert said[1:] == [
        "With nothing but b = 1 it fails otherwise: slt-04: hangs. Another failure is not the same regression: this "
        "need not be what is seen in bad end."
    ]


def change_of(record, bad="v9", end=None):
    (change,) = record.changes[:1]
    return failures.of_change(change, record, bad, end or record.end_probes[1])


def test_a_change_says_how_the_version_fails_and_which_is_the_first_that_fails_as_the_end_does():
    assert change_of(of_versions("", "nan", "nan")) == ["v1 fails: slt-04: nan."]
    said = change_of(of_versions("", "nan", "hangs", "hangs"))
    assert said[0] == "v1 fails: slt-04: nan."
    assert said[1].startswith("v9 fails otherwise: slt-04: hangs. Another failure is not the same regression")
    assert said[1].endswith(" The first version that was seen to fail as v9 does is v2.")


def test_where_no_version_fails_as_the_end_none_is_named():
    other = of_versions("", "dies").end_probes[1]
    assert other is not None
    (_, said) = change_of(of_versions("", "nan", "nan"), end=other)
    assert said.endswith("this need not be what is seen in v9.")


def test_what_is_bad_otherwise_than_by_failing_has_no_failure_to_tell():
    record = of_versions("", "nan")
    plain = record.versions[1].probe
    assert plain is not None
    judged = plain.model_copy(update={"failures": ()})
    quiet = record.model_copy(
        update={"versions": (record.versions[0], record.versions[1].model_copy(update={"probe": judged}))}
    )
    assert change_of(quiet) == []
    fixed = record.changes[0].model_copy(update={"becomes": Judged.GOOD})
    assert failures.of_change(fixed, record, "v1", plain) == []


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("", None, f", bad: no such kernel; {failures.TO_SEARCH_FAILURES}."),
        (None, "", ", good: no such kernel."),
        (None, None, ", good: no such kernel."),
        ("nan", None, ", bad: no such kernel."),  # nothing to search for where the good end is bad
    ],
)
def test_an_end_that_cannot_be_judged_is_named_and_the_option_only_where_it_helps(good, bad, said):
    ends = tuple(
        of_versions("", one).end_probes[1] if one != "" else of_versions("", "nan").end_probes[0] for one in (good, bad)
    )
    assert failures.of_unjudged_end(("good", "bad"), ends) == said
    assert failures.of_unjudged_end(("good", "bad"), (None, None)) == "."


def test_a_good_end_that_is_bad_says_how_it_fails_if_it_does():
    nan, good = of_versions("", "nan").end_probes[::-1]
    assert failures.of_good_end((nan, good)) == " It fails: slt-04: nan."
    assert failures.of_good_end((good, nan)) == failures.of_good_end((None, nan)) == ""
