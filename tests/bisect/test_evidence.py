"""The points that an answer rests on are those of its causes, repairs and changes, in the order of the record."""

from answered import ENDS, PCM, factors, versions

from harness.bisect.answer.build import Why
from harness.bisect.answer.record import SearchRecord
from harness.bisect.evidence import of_history, of_setups, sides
from harness.bisect.history.file import History
from harness.bisect.history.kinds import Version
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions
from harness.topology.setup import Configuration

NAMES = [f"codec.{letter}" for letter in "abcdef"]


def configured(**options):
    return Configuration(codec=CodecSpec(name="c", adapter="planted.ruled:Ruled", options=options))


GOOD = configured(**dict.fromkeys("abcdef", 0))
BAD = configured(**dict.fromkeys("abcdef", 1))
BOTH = dict(zip(ENDS, (GOOD, BAD), strict=True))


def at_bad(point):
    return "".join(sorted(name for name, value in point.codec.options.items() if value == 1))


def search(rule, names=tuple(NAMES)):
    return factors(names, lambda point: rule({name[-1] for name in point}))


def test_causes_and_repairs_stand_between_the_ends_in_the_order_of_the_record():
    found = of_setups(BOTH, search(lambda at: any(letter in at for letter in "abcde")))
    assert [at_bad(point) for point in found.values()] == ["", "a", "b", "c", "d", "e", "f", "abcdef"]
    assert list(found) == [
        "good end", *(f"bad end: only codec.{letter}" for letter in "abcde"),
        "bad end without codec.a + codec.b + codec.c + codec.d + codec.e", "bad end",
    ]  # fmt: skip


def test_what_is_all_of_the_difference_is_the_bad_end_itself():
    one = {"good end": configured(a=0), "bad end": configured(a=1)}
    assert list(of_setups(one, search(bool, ("codec.a",)))) == ["good end", "bad end"]


def test_where_an_end_was_not_judged_nothing_is_evidence():
    assert of_setups(BOTH, search(lambda at: None if at else False)) == {}
    nothing = SearchRecord(name="x", bad_if="corrupt", words="", seconds=1)
    assert of_history(history(3), nothing) == {}


def test_ends_that_are_not_as_they_were_said_to_be_are_evidence_of_that():
    assert list(of_setups(BOTH, search(lambda _: False))) == ["good end", "bad end"]


def history(count):
    def version(number):
        def make(one):
            codec = one.codec.model_copy(update={"options": one.codec.options | {"v": number}})
            return one.model_copy(update={"codec": codec})

        return Version(f"v{number}", "", make, None, {"codec.v": number})

    return History("app", "corrupt", Conditions(), tuple(map(version, range(count))), PCM, PCM)


def whole(record):
    return SearchRecord(name="x", bad_if="corrupt", words="", seconds=1, versions=record)


def test_of_a_history_both_ends_and_both_sides_of_every_change_are_evidence_the_bad_end_last():
    record = whole(versions(9, lambda index: index in (3, 4, 7, 8)))
    found = of_history(history(9), record)
    assert (
        [name for name, _ in sides(history(9), record)]
        == list(found)
        == ["v0", "v2", "v3", "v4", "v5", "v6", "v7", "v8"]
    )
    assert [point.codec.options["v"] for point in found.values()] == [0, 2, 3, 4, 5, 6, 7, 8]


def test_a_change_at_the_last_version_names_it_once():
    assert list(of_history(history(3), whole(versions(3, lambda index: index == 2)))) == ["v0", "v1", "v2"]


def test_what_explains_a_change_is_evidence_too():
    why = factors(["codec.v"], bool).model_copy(update={"good": "v0", "bad": "v1"})
    two = factors(["codec.v", "codec.w"], lambda point: "codec.v" in point).model_copy(
        update={"good": "v0", "bad": "v1"}
    )
    assert list(of_history(history(2), whole(versions(2, bool, why={0: Why(why)})))) == ["v0", "v1"]
    found = of_history(history(2), whole(versions(2, bool, why={0: Why(two)})))
    assert list(found) == ["v0", "v1: only codec.v", "v1 without codec.v", "v1"]
