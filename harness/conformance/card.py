"""
The conformance card: every law, what it found, as text, JSON and Markdown.

Laws ask for equality, so a codec that is not deterministic is told so once, and the laws that compare with a reference
run are then skipped rather than all reported as broken.
"""

import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.codec import Codec
from harness.conformance.bench import Bench, Here
from harness.conformance.finding import Finding, Status
from harness.conformance.laws import KEPT, LAWS, known, unasked
from harness.conformance.subject import subject
from harness.record import Frozen, Scalar
from harness.speech import Utterance

MARKS = {
    Status.HELD: "+",
    Status.BROKEN: "X",
    Status.NOT_PROMISED: "-",
    Status.NOT_APPLICABLE: " ",
    Status.COULD_NOT_RUN: "?",
}


class Card(Frozen):
    """What `check` found about one codec, options and all."""

    codec: str
    adapter: str
    options: dict[str, Scalar]
    description: str
    fingerprint: str
    declared: dict[str, Scalar]
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The laws that were broken."""
        return tuple(finding for finding in self.findings if finding.status is Status.BROKEN)

    @property
    def good(self) -> bool:
        """Whether no law is broken, and all that were asked could be told."""
        return not any(finding.status in (Status.BROKEN, Status.COULD_NOT_RUN) for finding in self.findings)

    @property
    def headline(self) -> str:
        """One line: how many laws stand how."""
        counts = {status: sum(finding.status is status for finding in self.findings) for status in Status}
        return ", ".join(f"{count} {status}" for status, count in counts.items() if count)


def check(
    codec: Codec,
    adapter: str,
    options: dict[str, Any],
    *,
    laws: Iterable[str] = (),
    utterances: list[Utterance] | None = None,
    report: Callable[[Finding], None] | None = None,
) -> Card:
    """
    Run *laws* (all if none are named) on *codec*, here, and return its card; *report* hears of each finding at once.

    A codec that ends its process, or hangs, takes the caller along: `harness.conformance.isolated` does not let it.
    """
    return make_card(Here(subject(codec, utterances)), adapter, options, laws, report)


def make_card(
    bench: Bench,
    adapter: str,
    options: dict[str, Any],
    laws: Iterable[str] = (),
    report: Callable[[Finding], None] | None = None,
) -> Card:
    """Run *laws* on the codec that lies on *bench*, as `check`."""
    begun = time.perf_counter()
    chosen = list(laws)
    known(chosen, "--law")
    known(bench.promises_not, "promises_not")
    findings = []
    for finding in _findings(bench, chosen or list(LAWS)):
        findings.append(finding)
        if report is not None:
            report(finding)
    info = bench.info
    return Card(
        codec=info.name,
        adapter=adapter,
        options={
            key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in options.items()
        },
        description=info.description,
        fingerprint=info.fingerprint,
        declared={
            "sample rate (Hz)": info.sample_rate,
            "frame (samples)": info.frame_size,
            "codebooks": info.codebooks,
            "bins": info.bins,
            "delay (samples)": info.delay,
            "stateful": info.stateful,
            "tolerance": info.tolerance,
            "context (frames)": info.context,
        },
        findings=tuple(findings),
        seconds=time.perf_counter() - begun,
    )


def _findings(bench: Bench, names: list[str]) -> Iterator[Finding]:
    obstacle = bench.obstacle()
    wavering = None if obstacle else bench.judge("deterministic")
    for name in names:
        if obstacle is not None:
            yield unasked(name, Status.COULD_NOT_RUN, f"a plain stream already fails: {obstacle}")
        elif wavering is not None and name == "deterministic":
            yield wavering
        elif wavering is not None and wavering.status is Status.BROKEN and LAWS[name].compares:
            yield unasked(name, Status.COULD_NOT_RUN, "the codec is not deterministic, so equality cannot be asked")
        else:
            yield bench.judge(name)


def line(finding: Finding) -> str:
    """Return one finding as a line of text."""
    observed = "" if finding.observed == KEPT else f": {finding.observed}"
    return f"{MARKS[finding.status]} {finding.law:<22} {finding.status}{observed}"


def markdown(card: Card) -> str:
    """Return the card as Markdown, for the documentation."""
    words = ["codec-harness", "check", card.adapter]
    for key, value in card.options.items():
        words += ["--option", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    rows = [
        f"| `{finding.law}` | {finding.promise} | {finding.status} | {_cell(finding.observed)} |"
        for finding in card.findings
    ]
    declared = ", ".join(f"{key} {value}" for key, value in card.declared.items())
    return "\n".join(
        [
            f"## {card.codec}: {card.description}",
            "",
            f"`{shlex.join(words)}`: {card.headline}.",
            "",
            f"Declared: {declared}.",
            "",
            "| law | promise | status | observed |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
