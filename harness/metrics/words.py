"""
Word and character error rates: what was said against what a recogniser heard.

Conventions
-----------
Rates are errors per word (or character) that was said: 0 is perfect, and they may exceed 1, since words can be
inserted. Over several utterances errors and words are summed first; rates are never averaged. Both texts are
normalised before they are compared; which normaliser that was is the recogniser's to say (`hearing.describe`).

Source
------
Minimum edit distance with equal costs, through `jiwer` 4 (rapidfuzz).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import reduce
from typing import NamedTuple, Protocol, Self, runtime_checkable

from harness.record import Measurement, Measurements, Transcript, Word, WordChange

Normaliser = Callable[[str], str]
Span = tuple[float | None, float | None]

VERSION = 2  # raise it when the same two texts give other words or numbers
UNIT = "1"
UNTIMED: Span = (None, None)
NO_WORDS = "nothing was said: the human transcript has no words"


def compare(
    said: str, heard: str, normalise: Normaliser, words: Sequence[Word] = (), findings: Sequence[str] = ()
) -> Transcript:
    """
    Align the words *said* with those *heard*, both after *normalise*.

    *words* are the recognised words as heard, with times in seconds where known; the alignment carries these times.
    An empty transcript gives insertions only. Nothing is raised: an error rate says itself when it is undefined.
    """
    reference, hypothesis = _both(said, heard, normalise)
    spans = _spans(hypothesis, words, normalise)
    changes = tuple(_changes(reference, hypothesis, spans))
    kinds = [change.kind for change in changes]
    return Transcript(
        text=heard,
        words=tuple(words),
        changes=changes,
        hits=kinds.count("equal"),
        substitutions=kinds.count("substituted"),
        deletions=kinds.count("deleted"),
        insertions=kinds.count("inserted"),
        findings=tuple(findings),
    )


class Errors(NamedTuple):
    """Errors and what was said, in words and in characters (spaces count); they add up over transcripts."""

    words: int = 0
    words_said: int = 0
    characters: int = 0
    characters_said: int = 0

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        """Return what is wrong in one transcript."""
        said = " ".join(change.reference for change in transcript.changes if change.reference)
        heard = " ".join(change.heard for change in transcript.changes if change.heard)
        return cls(transcript.errors, transcript.reference_words, _character_errors(said, heard), len(said))

    def plus(self, other: "Errors") -> "Errors":
        """Return the sum of both."""
        return Errors(*(one + more for one, more in zip(self, other, strict=True)))


def word_error_rate(transcripts: Iterable[Transcript]) -> Measurement:
    """Return word errors per word said, 0 or more, summed over *transcripts*; undefined if no word was said."""
    errors = words = 0
    for transcript in transcripts:
        errors += transcript.errors
        words += transcript.reference_words
    return _rate(errors, words)


def wrong_in_a_row(heard: Transcript, uncoded: Transcript) -> int:
    """Return the most words in a row that are wrong in what was *heard* and not in what was heard *uncoded*."""
    known = _said(heard) == _said(uncoded)  # a normaliser may read them otherwise
    excused = Counter(place for place, wrong in _places(uncoded) if wrong) if known else Counter()
    most = row = 0
    for place, wrong in _places(heard):
        if not wrong:
            row = 0
        elif excused[place]:
            excused[place] -= 1
        else:
            row += 1
        most = max(most, row)
    return most


def _places(transcript: Transcript) -> Iterator[tuple[tuple[int, bool], bool]]:
    """Yield for each word its place, the number of the word said and whether it was added, and whether it is wrong."""
    said = 0
    for change in transcript.changes:
        said += bool(change.reference)
        yield (said, not change.reference), change.kind != "equal"


def _said(transcript: Transcript) -> list[str]:
    return [change.reference for change in transcript.changes if change.reference]


def character_error_rate(transcripts: Iterable[Transcript]) -> Measurement:
    """Return character errors per character said (spaces count), summed; undefined if no word was said."""
    errors = _sum(transcripts)
    return _rate(errors.characters, errors.characters_said)


def error_rates(heard: Iterable[Transcript], uncoded: Iterable[Transcript]) -> Measurements:
    """Return wer and cer of what was *heard*, wer_floor of the *uncoded* speech, and wer_excess between them."""
    return rates(_sum(heard), _sum(uncoded))


def rates(heard: Errors, uncoded: Errors) -> Measurements:
    """Return the same of errors that were summed before."""
    wer, floor = _rate(heard.words, heard.words_said), _rate(uncoded.words, uncoded.words_said)
    excess = Measurement.missing("the error rate is undefined")
    if wer.value is not None and floor.value is not None:
        excess = Measurement.of(wer.value - floor.value, UNIT)
    cer = _rate(heard.characters, heard.characters_said)
    return {"wer": wer, "cer": cer, "wer_floor": floor, "wer_excess": excess}


def _sum(transcripts: Iterable[Transcript]) -> Errors:
    return reduce(Errors.plus, map(Errors.of, transcripts), Errors())


def _rate(errors: int, said: int) -> Measurement:
    return Measurement.of(errors / said, UNIT) if said else Measurement.missing(NO_WORDS)


@runtime_checkable
class InPairs(Protocol):
    """A normaliser that reads each text in the light of the other, where one alone may mean several things."""

    def pair(self, said: str, heard: str) -> tuple[str, str]:
        """Return both texts, normalised."""


def _both(said: str, heard: str, normalise: Normaliser) -> tuple[list[str], list[str]]:
    one, other = normalise.pair(said, heard) if isinstance(normalise, InPairs) else (normalise(said), normalise(heard))
    return _words(one), _words(other)


def _normalised(text: str, normalise: Normaliser) -> list[str]:
    return _words(normalise(text))


def _words(text: str) -> list[str]:
    """Return the words of *text*; what has no letter or digit, as the "." that Whisper's leaves of "...", is none."""
    return [word for word in text.split() if any(map(str.isalnum, word))]


def _character_errors(said: str, heard: str) -> int:
    if not said or not heard:
        return len(said) + len(heard)
    import jiwer  # collecting tests reads the tables of metrics and counts no words

    output = jiwer.process_characters(said, heard)
    return output.substitutions + output.deletions + output.insertions


def _changes(reference: list[str], hypothesis: list[str], spans: list[Span]) -> Iterator[WordChange]:
    if not reference or not hypothesis:  # jiwer needs words on both sides
        yield from (WordChange(kind="deleted", reference=word, heard="") for word in reference)
        for word, (start, end) in zip(hypothesis, spans, strict=True):
            yield WordChange(kind="inserted", reference="", heard=word, start=start, end=end)
        return
    import jiwer

    names = {"equal": "equal", "substitute": "substituted", "delete": "deleted", "insert": "inserted"}
    for chunk in jiwer.process_words(" ".join(reference), " ".join(hypothesis)).alignments[0]:
        said = range(chunk.ref_start_idx, chunk.ref_end_idx)
        heard = range(chunk.hyp_start_idx, chunk.hyp_end_idx)
        for step in range(max(len(said), len(heard))):
            start, end = spans[heard[step]] if heard else UNTIMED
            yield WordChange(
                kind=names[chunk.type],
                reference=reference[said[step]] if said else "",
                heard=hypothesis[heard[step]] if heard else "",
                start=start,
                end=end,
            )


def _spans(hypothesis: list[str], words: Sequence[Word], normalise: Normaliser) -> list[Span]:
    """
    Return the time span of every normalised word.

    Normalising may join words ("twenty five" -> "25") or part them ("can't" -> "can not"), so words normalised one by
    one need not be those of the whole text; where they differ, the words share the span of all that they came from.
    """
    single = [(part, (word.start, word.end)) for word in words for part in _normalised(word.text, normalise)]
    spans = [UNTIMED] * len(hypothesis)
    matcher = SequenceMatcher(None, [part for part, _ in single], hypothesis, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            spans[c:d] = [span for _, span in single[a:b]]
        elif kind == "replace":
            spans[c:d] = [(single[a][1][0], single[b - 1][1][1])] * (d - c)
    return spans
