"""Phrases that the sentences and tables of an answer are made of."""

from collections.abc import Iterable, Sequence

from harness.bisect.answer.record import FactorRecord
from harness.record import Scalar


def shown(value: Scalar) -> Scalar:
    """Return *value* as a person is shown it: an empty text is not nothing."""
    return '""' if value == "" else value


def setting(factor: FactorRecord) -> str:
    """Return a factor at its bad value."""
    return f"{factor.factor} = {shown(factor.bad)}"


def point(factors: Iterable[str]) -> str:
    """Return the point with *factors* at their bad value."""
    return " + ".join(sorted(factors)) or "the good end"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with what is counted: *one*, or *many* (with an s if not given)."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def percent(confidence: float) -> str:
    """Return a probability, 0 to 1, in percent, with as many digits as show that it is not 0 or 1 if it is not."""
    digits = next((digits for digits in range(1, 14) if 0 < round(100 * confidence, digits) < 100), 1)
    return f"{100 * confidence:.{digits}f} %"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Return *parts* with commas, and *last* before the last one."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else list(parts))
