"""
The conformance card: every law, what it found, as text, JSON and Markdown.

Laws ask for equality, so a codec that is not the same twice is told so once, with the way in which it is not, and the
laws that compare with a reference run are then skipped rather than all reported as broken; unless only the first
instance of a process differs, or a reset takes back what others left, for then they are asked after that. A cause is
told at the law that met it first.
"""

import json
import re
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.audio.speech import Utterance
from harness.check.bench import Bench, Here
from harness.check.finding import LawFinding, Status
from harness.check.laws.table import DETERMINISTIC, KEPT, LAWS, known, unasked
from harness.check.subject import subject
from harness.codecs.protocol import Codec, CodecInfo
from harness.record import Frozen, Scalar
from harness.runtime.text import one_line

MARKS = {
    Status.HELD: "+",
    Status.BROKEN: "X",
    Status.NOT_PROMISED: "-",
    Status.NOT_APPLICABLE: " ",
    Status.COULD_NOT_RUN: "?",
}


BOTH_SIDES = ("encode-leaves-decode", "decode-leaves-encode")


class Card(Frozen):
    """What `check` found about one codec, options and all."""

    codec: str
    adapter: str
    options: dict[str, Scalar]
    description: str
    fingerprint: str
    declared: dict[str, Scalar]
    covered: str
    findings: tuple[LawFinding, ...]
    seconds: float

    @property
    def broken(self) -> tuple[LawFinding, ...]:
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
        causes = {status: len({f.same_as or f.law for f in self.findings if f.status is status}) for status in Status}
        return ", ".join(
            f"{count} {status}" + (f" ({causes[status]} cause{'s' * (causes[status] > 1)})" * (causes[status] < count))
            for status, count in counts.items()
            if count
        )


def check(
    codec: Codec,
    adapter: str,
    options: dict[str, Any],
    *,
    laws: Iterable[str] = (),
    utterances: list[Utterance] | None = None,
    report: Callable[[LawFinding], None] | None = None,
) -> Card:
    """
    Run *laws* (all if none are named) on *codec*, here, and return its card; *report* hears of each finding at once.

    A codec that ends its process, or hangs, takes the caller along: `harness.check.isolated` does not let it.
    """
    return make_card(Here(subject(codec, utterances)), adapter, options, laws, report)


def make_card(
    bench: Bench,
    adapter: str,
    options: dict[str, Any],
    laws: Iterable[str] = (),
    report: Callable[[LawFinding], None] | None = None,
) -> Card:
    """Run *laws* on the codec that lies on *bench*, as `check`."""
    begun = time.perf_counter()
    chosen = list(laws)
    known(chosen, "--law")
    known(bench.promises_not, "promises_not")
    findings = []
    for finding in _told_once(_findings(bench, chosen or list(LAWS))):
        findings.append(finding)
        if report is not None:
            report(finding)
    info = bench.info
    return Card(
        codec=info.name,
        adapter=adapter,
        options=plain_options(options),
        description=info.description,
        fingerprint=info.fingerprint,
        declared=declared(info),
        covered=bench.covered,
        findings=tuple(findings),
        seconds=time.perf_counter() - begun,
    )


def plain_options(options: dict[str, Any]) -> dict[str, Scalar]:
    """Return options of an adapter as a record keeps them: lists and tables as JSON."""
    return {key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in options.items()}


def declared(info: CodecInfo) -> dict[str, Scalar]:
    """Return what a codec declares, as a card tells it."""
    told: dict[str, Scalar] = {
        "sample rate (Hz)": info.sample_rate,
        "frame (samples)": info.frame_size,
        "codebooks": info.codebooks,
        "bins": info.bins,
        "delay (samples)": info.delay,
        **({"start-up (samples)": info.start_up} if info.start_up else {}),
        "stateful": info.stateful,
        "tolerance": info.tolerance,
        "context (frames)": info.context,
        "gain (dB)": info.gain_db,
    }
    if not info.encodes:
        told["encodes"] = False
    if info.continuous:
        told["tolerance of latents"] = info.latent_tolerance
    return told


def _findings(bench: Bench, names: list[str]) -> Iterator[LawFinding]:
    obstacle = bench.obstacle()
    first, wavers = (None, "") if obstacle is not None else _twice(bench)
    for name in names:
        if obstacle is not None:
            yield unasked(name, Status.COULD_NOT_RUN, f"a plain stream already fails: {obstacle}")
        elif first is not None and name == DETERMINISTIC:
            yield first
        elif wavers and LAWS[name].compares:
            yield unasked(name, Status.COULD_NOT_RUN, wavers).model_copy(update={"same_as": DETERMINISTIC})
        else:
            yield bench.judge(name)


def _twice(bench: Bench) -> tuple[LawFinding, str]:
    """Judge whether the codec is the same twice; return what is said, and why equality cannot be asked, if so."""
    finding = bench.judge(DETERMINISTIC)
    if finding.status is Status.HELD and (unlike := bench.unlike_at_first()) is not None:
        finding = finding.model_copy(update={"status": Status.BROKEN, "observed": unlike, "first_frame": 0})
    elif finding.status is Status.HELD and (kept := bench.remembered()) is not None:
        return finding.model_copy(update={"status": Status.BROKEN, "observed": kept}), ""
    if finding.status not in (Status.BROKEN, Status.NOT_PROMISED) or finding.first_frame is None:
        return finding, ""
    told, observed = bench.wavering(), finding.observed
    if told is not None:
        broken = finding.status is Status.BROKEN  # else the codec's own reason comes first
        observed = f"{told.words} ({observed})" if broken else f"{observed}: {told.words}"
    said = finding.model_copy(update={"observed": observed})
    remedy = told is not None and told.remedy is not None
    return said, "" if remedy else f"equality cannot be asked of a codec that is not the same twice: {observed}"


def _told_once(findings: Iterable[LawFinding]) -> Iterator[LawFinding]:
    """Point from each finding whose cause was told before to the law where it was."""
    told: dict[tuple[Status, str], str] = {}
    for finding in findings:
        comparison = finding.first_frame is not None or finding.off_by is not None
        if finding.same_as or comparison or finding.status not in (Status.BROKEN, Status.COULD_NOT_RUN):
            yield finding
            continue
        broken = finding.status is Status.BROKEN  # where it was raised, and at which count, is not the cause
        cause = finding.observed.rpartition(" raised ")[2] if broken else finding.observed.partition(": ")[0]
        cause = re.sub(r"\d+", "#", cause)
        law = told.setdefault((finding.status, cause), finding.law)
        yield finding if law == finding.law else finding.model_copy(update={"same_as": law})


def elsewhere(findings: Iterable[LawFinding]) -> Iterator[str]:
    """Yield a line for each cause that was told at one law and met at others, or may have been: which these are."""
    findings = list(findings)
    met: dict[str, list[LawFinding]] = {}
    for finding in findings:
        if finding.same_as is not None:
            met.setdefault(finding.same_as, []).append(finding)
    for law, same in met.items():
        names = ", ".join(finding.law for finding in same)
        yield f"{MARKS[same[0].status]} the same as {law} in {len(same)} more, which {_are(same[0].status)}: {names}"
    yield from _of_both_sides(findings)


def _of_both_sides(findings: list[LawFinding]) -> Iterator[str]:
    """Yield a line if the sides of an instance disturb each other: which laws may be broken by that alone."""
    broken = [finding.law for finding in findings if finding.status is Status.BROKEN]
    sides = [law for law in broken if law in BOTH_SIDES]
    others = [law for law in broken if law not in BOTH_SIDES]
    if sides and others:
        yield (
            f"{MARKS[Status.COULD_NOT_RUN]} as {' and '.join(sides)} {'is' if len(sides) == 1 else 'are'} broken, what "
            f"encodes and decodes on one instance may be broken by that alone: {', '.join(others)}"
        )


def _are(status: Status) -> str:
    return str(status) if status is Status.COULD_NOT_RUN else f"are {status}"


def line(finding: LawFinding) -> str:
    """Return one finding as a line of text."""
    observed = "" if finding.observed == KEPT else f": {finding.observed}"
    return f"{MARKS[finding.status]} {finding.law:<22} {finding.status}{observed}"


def markdown(card: Card) -> str:
    """Return the card as Markdown, for the documentation."""
    words = ["codec-harness", "check", card.adapter]
    for key, value in card.options.items():
        words += ["--option", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    rows = [
        f"| `{finding.law}` | {finding.promise} | {finding.status} | {table_cell(_observed(finding))} |"
        for finding in card.findings
    ]
    declared = ", ".join(f"{key} {value}" for key, value in card.declared.items())
    command = one_line(shlex.join(words)).replace("`", "'")
    return "\n".join(
        [
            f"## {table_cell(card.codec)}: {table_cell(card.description)}",
            "",
            f"`{command}`: {card.headline}.",
            "",
            f"Declared: {table_cell(declared)}. Seen: {table_cell(card.covered)}.",
            "",
            "| law | promise | status | observed |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _observed(finding: LawFinding) -> str:
    return finding.observed if finding.same_as is None else f"as `{finding.same_as}`"


def table_cell(text: str) -> str:
    """Return *text* as it may stand in a cell of a Markdown table."""
    return one_line(text.replace("|", "\\|").replace("<", "&lt;"))
