"""`codec-harness check` as a user types it: which laws are asked, and what is refused rather than passed over."""

import json

import pytest
from typed import typed


def asked(*arguments):
    found = typed("check", *arguments, "--json")
    return found.code, [finding["law"] for finding in json.loads(found.out)["findings"]]


def test_the_laws_that_are_asked_are_those_that_were_named_each_once():
    assert asked("pcm", "--law", "counts", "--law", "sound", "--law", "counts") == (0, ["counts", "sound"])
    assert asked("pcm", "--law", "counts", "--law", "sound", "--except", "sound") == (0, ["counts"])


@pytest.mark.parametrize("against", [[], ["--against", "pcm"]])
def test_where_no_law_is_left_nothing_is_asked_and_nothing_passes(against):
    law = "turns" if against else "counts"
    found = typed("check", "pcm", *against, "--law", law, "--except", law)
    assert (found.code, found.out) == (2, "")
    assert "--except: takes away every law that was asked for" in found.err


def test_a_broken_law_ends_with_1_and_is_named():
    found = typed("check", "planted.faults:FreshClone", "--law", "clone-continues")
    assert found.code == 1
    assert found.out.startswith("X clone-continues ")
    assert "1 broken" in found.out


def test_a_law_that_could_not_be_asked_is_no_pass():
    found = typed("check", "planted.faults:DropsLastFrame", "--law", "counts")
    assert found.code == 1
    assert found.out.startswith("? counts ")
    assert "could not run: a plain stream already fails" in found.out


def test_without_a_codec_the_laws_are_listed_and_what_asks_something_of_one_is_refused():
    listed = typed("check")
    assert listed.code == 0
    assert listed.out == typed("check", "pcm", "--list").out
    assert "stays-together" in typed("check", "--against", "pcm").out
    for given in (["--json"], ["--law", "counts"], ["--seed", "1"], ["--against", "pcm", "--html", "x.html"]):
        found = typed("check", *given)  # as of a script in which the codec's name is empty
        assert (found.code, found.out) == (2, "")
        assert "asks something of a CODEC, and none is named" in found.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--law", "nope"], "--law: no law 'nope'"),
        (["--except", "nope"], "--except: no law 'nope'"),
        (["--against", "pcm", "--law", "nope"], "no law 'nope' of two implementations"),
        (["--json", "--markdown"], "--markdown does not go with --json"),
        (["--tolerance", "0"], "--tolerance needs --against CODEC"),
        (["--seed", "0"], "--seed needs --against CODEC"),
        (["--html", "x.html"], "--html needs --against CODEC"),
        (["--against", "pcm", "--programs", "3"], "--programs needs --vectors FOLDER"),
        (["--against", "pcm", "--from-position", "3"], "--from-position does not go with --against"),
        (["--against", "opus"], "opus and pcm cannot be compared call by call"),
        (["--option", "x=1"], "has no option 'x'"),
        (["--speech", "nowhere"], "nowhere: no such manifest or folder of speech"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_2(arguments, said):
    found = typed("check", "pcm", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err.replace("pcm and opus", "opus and pcm")
