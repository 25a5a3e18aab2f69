"""An answer says no more than what its probes showed."""

from harness.bisect.answer.words import tell_factors
from harness.bisect.history import file as histories
from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.search import Rules
from harness.bisect.searches import inquiry, search_setups
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


def test_a_fix_of_which_a_part_was_not_judged_is_not_the_smallest():
    record, words = search("ab", bad="a", fails="b and not a")
    assert [repair.factors for repair in record.repairs] == [("codec.a", "codec.b")]
    assert "A fix, of which less may be enough: codec.a = None and codec.b = None." in words
