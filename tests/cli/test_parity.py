"""`codec-harness vectors`, and `--against` of `check` and `fuzz`: one implementation held to another."""

import json

import pytest
from typed import typed

from harness.cli.parity import conformance
from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import CodecInfo

LATE = "planted.faults:OneFrameLate"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors") / "set"
    done = typed("vectors", "write", folder, "pcm", "--programs", "2")
    return folder, done


def test_a_codec_is_the_same_as_what_was_recorded_of_it(recorded):
    folder, written = recorded
    count = len(json.loads((folder / "index.json").read_text())["vectors"])
    assert (written.code, written.out) == (0, f"{folder}: {count} vectors of pcm\n")
    held = typed("vectors", "verify", folder, "pcm")
    assert (held.code, held.out) == (0, f"pcm: {count} of {count} vectors of {folder} are the same\n")


def test_one_that_is_another_fails_and_each_vector_that_parts_is_named(recorded):
    folder, _ = recorded
    held = typed("vectors", "verify", folder, LATE, "--option", "inner=pcm")
    assert held.code == 1
    *parted, last = held.out.splitlines()
    same, every = (int(number) for number in last.split(": ")[1].split(" vectors")[0].split(" of "))
    assert len(parted) == every - same > 0
    assert all(line.startswith("X ") for line in parted)


def test_a_difference_counts_as_rounding_as_far_as_it_is_allowed_and_the_least_is_0(recorded):
    folder, _ = recorded
    half = typed("vectors", "verify", folder, "planted.faults:HalfGain", "--option", "inner=pcm", "--tolerance", "0")
    assert half.code == 1
    for wrong in ("-1", "nan", "2"):
        assert typed("vectors", "verify", folder, "pcm", "--tolerance", wrong).code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "nowhere", "pcm"], "nowhere/index.json: cannot be read (no such file)"),
        (["verify", "nowhere", "nope"], "nowhere/index.json: cannot be read"),  # before the codec is loaded
        (["write", "there", "pcm"], "there is there and holds no vectors; name another folder"),
        (["write", "new", "nope"], "codec adapter 'nope' is unknown"),
        (["write", "new", "pcm", "--speech", "nowhere"], "nowhere: no such manifest or folder of speech"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    done = typed("vectors", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert [path.name for path in tmp_path.rglob("*")] == ["there", "mine.txt"]


def test_a_set_of_a_codec_that_holds_nothing_back_asks_no_flush():
    held_back = CodecInfo(**vars(PcmCodec().info) | {"start_up": 80, "name": "late"})
    plain, late = conformance(PcmCodec().info, 0, 0), conformance(held_back, 0, 0)
    assert late.keys() - plain.keys() == {"flush"}


def test_random_programs_of_a_set_are_those_of_the_seed():
    one, again, other = (conformance(PcmCodec().info, 3, seed) for seed in (1, 1, 4))
    assert one == again
    assert one["random-00003" if "random-00003" in one else "random-00002"] != other["random-00002"]


def test_a_card_in_each_form_says_the_same(tmp_path):
    few = ("check", "pcm", "--against", "pcm", "--law", "turns")
    plain = typed(*few)
    assert plain.code == 0
    assert "pcm against pcm: the same to the bit" in plain.out
    card = json.loads(typed(*few, "--json", "--html", tmp_path / "card.html").out)
    assert [finding["law"] for finding in card["findings"]] == ["turns"]
    assert "turns" in (tmp_path / "card.html").read_text()
    assert "| `turns` |" in typed(*few, "--markdown").out


def test_a_search_ends_with_1_where_the_two_part_and_keeps_the_program(tmp_path):
    found = typed("fuzz", LATE, "--option", "inner=pcm", "--against", "pcm", "--programs", "60", "--seconds", "20",
                  "--seed", "1351704309", "--vectors", tmp_path / "set")  # fmt: skip
    assert found.code == 1
    assert ": parted, found and shortened in " in found.out
    assert [one["name"] for one in json.loads((tmp_path / "set" / "index.json").read_text())["vectors"]] == ["shortest"]


def test_a_search_does_not_pass_two_that_part_in_plain_use_already():
    few = ("--programs", "10", "--seconds", "5", "--seed", "1")
    half = typed("fuzz", "planted.faults:HalfGain", "--option", "inner=pcm", "--against", "pcm", *few)
    assert half.code == 1
    assert "none parts them by more than plain use, in which they are not the same" in half.out
    same = typed("fuzz", "pcm", "--against", "pcm", *few)
    assert (same.code, same.out.rstrip().endswith("none parts them")) == (0, True)
