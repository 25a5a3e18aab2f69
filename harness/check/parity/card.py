"""The parity card as text and as Markdown."""

import json
import shlex
from collections.abc import Iterator

from harness.check.card import table_cell
from harness.check.parity.agreement import Agreement
from harness.check.parity.findings import ParityCard, ParityFinding
from harness.runtime.text import one_line

MARKS = {Agreement.BITS: "=", Agreement.ROUNDING: "+", Agreement.ARITHMETIC: "~", Agreement.PARTED: "X"}


def line(finding: ParityFinding) -> str:
    """Return one finding as a line of text."""
    observed = "" if finding.agreement is Agreement.BITS else f": {finding.observed}"
    return f"{MARKS[finding.agreement]} {finding.law:<18} {finding.agreement}{observed}{_as(finding)}"


def _as(finding: ParityFinding) -> str:
    return "" if finding.same_as is None else f" (as {finding.same_as})"


def closing(card: ParityCard) -> Iterator[str]:
    """Yield what is said below the findings: which are as others, what is declared otherwise, the shortest programs."""
    for finding in card.parted:
        if finding.same_as is None:
            same = [other.law for other in card.findings if other.same_as == finding.law]
            if same:
                yield f"X the same kind of calls as {finding.law} in {len(same)} more: {', '.join(same)}"
    for apart in card.declared_apart:
        yield f"declared otherwise: {apart}"
    for finding in card.parted:
        if finding.program:
            yield f"\n{finding.law} is shown by:\n{finding.program.rstrip()}"
    yield f"\n{card.codec.codec} against {card.reference.codec}: {card.headline} ({card.seconds:.0f} s)"


def command(card: ParityCard) -> str:
    """Return the command that makes the card again."""
    words = ["codec-harness", "check", card.codec.adapter]
    for option, given in (("--option", card.codec), ("--against-option", card.reference)):
        if given is card.reference:
            words += ["--against", given.adapter]
        for key, value in given.options.items():
            words += [option, f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    return one_line(shlex.join(words))


def markdown(card: ParityCard) -> str:
    """Return the card as Markdown, for the documentation."""
    rows = [
        f"| `{finding.law}` | {finding.promise} | {finding.agreement} | {table_cell(finding.observed)}{_as(finding)} |"
        for finding in card.findings
    ]
    shown = [
        f"`{finding.law}` is shown by:\n\n```\n{finding.program.rstrip()}\n```\n"
        for finding in card.parted
        if finding.same_as is None
    ]
    apart = f" Declared otherwise: {table_cell('; '.join(card.declared_apart))}." if card.declared_apart else ""
    return "\n".join(
        [
            f"## {table_cell(card.codec.codec)} against {table_cell(card.reference.codec)}",
            "",
            f"`{command(card).replace('`', chr(39))}`: **{card.headline}**.",
            "",
            f"{table_cell(card.codec.description)}; the reference: {table_cell(card.reference.description)}. "
            f"{f'Rounding is up to {card.tolerance:.0e}' if card.tolerance else 'No rounding is declared'}.{apart}",
            "",
            "| law | what is the same | agreement | observed |",
            "|---|---|---|---|",
            *rows,
            "",
            *shown,
        ]
    )
