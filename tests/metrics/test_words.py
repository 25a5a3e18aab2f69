"""Word alignments and error rates, on texts small enough to count by hand."""

import pytest

from harness.metrics.words import character_error_rate, compare, word_error_rate, wrong_in_a_row
from harness.record import Transcript, Word


def _plain(text: str) -> str:
    return text.lower().replace(",", "").replace(".", "").replace("twenty five", "25").replace("can't", "can not")


def _counts(transcript: Transcript) -> tuple[int, int, int, int]:
    return transcript.hits, transcript.substitutions, transcript.deletions, transcript.insertions


@pytest.mark.parametrize(
    ("said", "heard", "counts"),
    [
        ("The cat sat.", "the cat sat", (3, 0, 0, 0)),
        ("the cat sat", "the dog sat", (2, 1, 0, 0)),
        ("the cat sat", "the sat", (2, 0, 1, 0)),
        ("the cat sat", "the big cat sat down", (3, 0, 0, 2)),
        ("the cat sat", "", (0, 0, 3, 0)),
        ("", "you", (0, 0, 0, 1)),
        ("", "", (0, 0, 0, 0)),
        ("the cat - sat", "- the cat sat !", (3, 0, 0, 0)),
        ("twenty five cats", "25 cats", (2, 0, 0, 0)),
    ],
)
def test_counts(said: str, heard: str, counts: tuple[int, int, int, int]) -> None:
    assert _counts(compare(said, heard, _plain)) == counts


def test_changes_are_the_alignment_word_by_word() -> None:
    changes = compare("the cat sat on it here", "the dog sat it here now", _plain).changes
    assert [(change.kind, change.reference, change.heard) for change in changes] == [
        ("equal", "the", "the"),
        ("substituted", "cat", "dog"),
        ("equal", "sat", "sat"),
        ("deleted", "on", ""),
        ("equal", "it", "it"),
        ("equal", "here", "here"),
        ("inserted", "", "now"),
    ]


def test_times_follow_the_words() -> None:
    words = [Word(text="The", start=0.1, end=0.2), Word(text="dog,", start=0.2, end=0.5)]
    changes = compare("the cat", "The dog,", _plain, words).changes
    assert [(change.heard, change.start, change.end) for change in changes] == [("the", 0.1, 0.2), ("dog", 0.2, 0.5)]


def test_times_survive_words_that_normalising_joins_and_parts() -> None:
    words = [
        Word(text="twenty", start=0.0, end=0.4),
        Word(text="five", start=0.4, end=0.8),
        Word(text="can't", start=0.8, end=1.0),
        Word(text="lose", start=1.0, end=1.5),
    ]
    changes = compare("25 can not lose", "twenty five can't lose", _plain, words).changes
    assert [(change.heard, change.start, change.end) for change in changes] == [
        ("25", 0.0, 0.8),
        ("can", 0.8, 1.0),
        ("not", 0.8, 1.0),
        ("lose", 1.0, 1.5),
    ]


def test_words_without_times_leave_the_changes_without_times() -> None:
    changes = compare("the cat", "the cat", _plain, [Word(text="the"), Word(text="cat")]).changes
    assert [(change.start, change.end) for change in changes] == [(None, None)] * 2


def test_rates_sum_words_over_utterances_and_are_not_averaged() -> None:
    short, long = compare("yes", "no", _plain), compare("a b c d e f g h i", "a b c d e f g h i", _plain)
    assert word_error_rate([short, long]).value == pytest.approx(1 / 10)
    assert character_error_rate([short, long]).value == pytest.approx(3 / 20)


def test_an_error_rate_may_exceed_one() -> None:
    assert word_error_rate([compare("yes", "no no no", _plain)]).value == 3.0


@pytest.mark.parametrize("heard", ["", "you"])
def test_nothing_said_has_no_error_rate(heard: str) -> None:
    nothing = compare("...", heard, _plain)
    for rate in (word_error_rate([nothing]), character_error_rate([nothing]), word_error_rate([])):
        assert rate.value is None
        assert rate.undefined is not None
        assert "no words" in rate.undefined


def test_insertions_where_nothing_was_said_still_count_in_a_sum() -> None:
    assert word_error_rate([compare("", "you", _plain), compare("a b", "a b", _plain)]).value == 0.5


def test_character_errors_count_letters_and_spaces() -> None:
    assert character_error_rate([compare("wall", "well", _plain)]).value == 0.25
    assert character_error_rate([compare("a cold day", "a gold", _plain)]).value == pytest.approx(5 / 10)
    assert character_error_rate([compare("ab", "", _plain)]).value == 1.0


@pytest.mark.parametrize(
    ("heard", "uncoded", "row"),
    [
        ("one two three four five six", "one two three four five six", 0),
        ("one six", "one two three four five six", 4),
        ("one two six", "one two three four five", 3),
        ("one six", "one two four five six", 3),  # "three" is not heard in the uncoded speech either
        ("a two b four c six", "one two three four five six", 1),
        ("one two three four five six seven eight nine", "one two three four five six", 3),
        ("", "one two three four five six", 6),
        ("", "", 0),
        (
            "one two three four five six a b c",
            "one two three four five six a b c",
            0,
        ),  # heard in the uncoded speech too
        ("one two three four five six a b c d e", "one two three four five six a b c", 2),
    ],
)
def test_words_in_a_row_are_those_that_only_the_output_loses(heard: str, uncoded: str, row: int) -> None:
    said = "one two three four five six"
    assert wrong_in_a_row(compare(said, heard, str.lower), compare(said, uncoded, str.lower)) == row
