"""
The results of listening tests, as the page saves them. They come from other people, so nothing that they count is
believed: only the single answers are read.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from harness.errors import RecordInvalid
from harness.files import given
from harness.record import Frozen

WANTED = "a result that a listening test of the report saved"

Sound = Literal["a", "b"]
Name = Annotated[str, Field(min_length=1, max_length=400)]


class AbxAnswer(Frozen):
    """One trial of ABX: what X was, and what the listener said; *right* and *seconds* are the page's."""

    truth: Sound
    given: Sound
    right: bool
    seconds: float


class OfTwo(Frozen):
    """A test of two sounds, *a* and *b*, of one cell."""

    run: str
    setup: Name
    utterance: Name
    a: Name
    b: Name
    level_matched: bool
    trials: int
    p_value: float
    made: str


class Abx(OfTwo):
    """A test whether *a* and *b* of one cell can be told apart."""

    kind: Literal["codec-harness abx"]
    correct: int
    answers: Annotated[tuple[AbxAnswer, ...], Field(min_length=1)]


class PreferenceAnswer(Frozen):
    """One trial of preference: which sound was called A, what was answered, and which sound that prefers."""

    first: Sound
    given: Literal["a", "b", "none"]
    preferred: Literal["a", "b", "none"]
    seconds: float


class Preference(OfTwo):
    """A test which of *a* and *b* of one cell sounds better."""

    kind: Literal["codec-harness preference"]
    preferred_a: int
    preferred_b: int
    no_difference: int
    answers: Annotated[tuple[PreferenceAnswer, ...], Field(min_length=1)]


class Rated(Frozen):
    """One sound of a clip: a setup by its *name*, the hidden reference or the anchor; *score* from 0 to 100."""

    name: Name
    role: Literal["reference", "anchor", "setup"]
    same_output_as: tuple[str, ...]
    score: Annotated[float, Field(ge=0, le=100)]
    place: int


class Clip(Frozen):
    """The ratings of one utterance."""

    utterance: Name
    level_matched: bool
    seconds: float
    ratings: Annotated[tuple[Rated, ...], Field(min_length=1)]


class Rating(Frozen):
    """What one listener rated; without a name a *listener* is the file."""

    kind: Literal["codec-harness rating"]
    run: str
    listener: str
    anchor_hz: float
    trials: Annotated[tuple[Clip, ...], Field(min_length=1)]
    made: str


Result = Annotated[Abx | Preference | Rating, Field(discriminator="kind")]
_RESULT: TypeAdapter[Any] = TypeAdapter(Result)


def read(path: Path) -> Abx | Preference | Rating:
    """Return the result in *path*; raise `RecordInvalid` if it is none."""
    content = given.json_of(
        given.text(path, RecordInvalid, wanted=WANTED), path, RecordInvalid, what=WANTED, mend="save it again"
    )
    try:
        found: Abx | Preference | Rating = _RESULT.validate_python(content)
    except ValidationError as error:
        said = given.explained(error.errors()[0])
        raise RecordInvalid(f"{path}: not {WANTED}: {said}; save it again from the page") from None
    if isinstance(found, Rating) and not found.listener:
        return found.model_copy(update={"listener": path.stem})
    return found
