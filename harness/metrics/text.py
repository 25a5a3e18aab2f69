"""How a measurement is written for people, wherever it is."""

from harness.metrics.catalogue import metric
from harness.record import Measurement

UNITLESS = (None, "", "1", "bool")  # units that are not written


def text(
    name: str,
    found: Measurement | None,
    *,
    significant: int | None = None,
    unit: bool = False,
    why: bool = False,
    sign: str = "-",
) -> str:
    """
    Return the measurement *found* of the metric *name*: "not measured" if there is none.

    significant : so many digits, as beside a limit, instead of the decimals of the metric, where it has any
    unit : put its unit behind it; shares, scores and yes or no have none
    why : say why it is undefined; sign : "+" to show one always, as of a change
    """
    if found is None:
        return "not measured"
    if found.value is None:
        return f"undefined: {found.undefined}" if why else "undefined"
    if found.unit == "bool" and significant is None:
        return "yes" if found.value else "no"
    whole = significant is None or metric(name).digits == 0
    shown = number(name, found.value, sign) if whole else f"{found.value:{sign}.{significant}g}"
    return f"{shown} {unit_of(found)}".rstrip() if unit else shown


def number(name: str, value: float, sign: str = "-") -> str:
    """
    Return *value* of the metric *name* with its decimals; nothing is written as minus zero.

    sign : "+" for a change, which of a percentage is in points
    """
    row = metric(name)
    if row.percent:
        unit = " pp" if sign == "+" or row.points else "%"  # 2 % more of 10 % is another thing than 2 points more
        return f"{round(100 * value, row.digits) + 0.0:{sign}.{row.digits}f}{unit}"
    return f"{round(value, row.digits) + 0.0:{sign}.{row.digits}f}"


def unit_of(found: Measurement | None) -> str:
    """Return the unit to show; shares, correlations and yes or no have none."""
    return "" if found is None or found.unit in UNITLESS else str(found.unit)
