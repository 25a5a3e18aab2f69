"""
The conformance card: every law, what it found, as text, JSON and Markdown.

Laws ask for equality, so a codec that is not deterministic is told so once, and the laws that compare with a reference
run are then skipped rather than all reported as broken.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from harness.codec import Codec
from harness.conformance import basics, copies, grouping, refusals, resets, separation
from harness.conformance.finding import Finding, NotApplicable, Status, Trouble
from harness.conformance.subject import Subject, subject
from harness.errors import CodecFailed, SuiteInvalid
from harness.record import Frozen, Scalar
from harness.speech import Utterance

Check = Callable[[Subject], Trouble | None]


@dataclass(frozen=True)
class Law:
    """*promise* is what a codec that keeps the law does; *compares* if that is told by comparing with a reference."""

    promise: str
    check: Check
    compares: bool = True


LAWS: dict[str, Law] = {
    "deterministic": Law("equal input gives equal output on fresh instances", basics.deterministic, compares=False),
    "counts": Law("n frames in, n frames out, of the declared size", basics.counts, compares=False),
    "delay": Law("decoded speech lags by the declared delay", basics.delay, compares=False),
    "finite-output": Law("any finite audio gives codes in range and finite PCM", basics.finite, compares=False),
    "honest-errors": Law("empty, partial and out-of-range input is refused, with a reason", refusals.honest, False),
    "input-untouched": Law("what is handed in is not changed", basics.input_untouched, compares=False),
    "output-owned": Law("what is handed out belongs to the caller", basics.output_owned),
    "state-matters": Law("dropping the state changes the output exactly if declared stateful", basics.state_matters),
    "state-is-copied": Law("state() hands out copies, and each side changes its own", copies.state_is_copied),
    "offline": Law("streaming equals one offline call", grouping.offline),
    "chunks": Law("how many frames a call has makes no difference", grouping.chunks),
    "past-context-offline": Law("streaming equals offline beyond the context", grouping.past_context_offline),
    "past-context-chunks": Law(
        "beyond the context, how many frames a call has makes no difference", grouping.past_context
    ),
    "call-past-context": Law("one call longer than the context is as good as many", grouping.long_call),
    "clone-continues": Law("a clone goes on as its original", copies.clone_continues),
    "clone-independent": Law("clone and original do not disturb each other", copies.clone_independent),
    "snapshot-restores": Law("a restored snapshot rewinds, and is a copy", copies.snapshot_restores),
    "reset-encoder": Law("a used encoder after reset is as fresh", resets.encoder),
    "reset-decoder": Law("a used decoder after reset is as fresh", resets.decoder),
    "reset-one-side": Law("a reset of one side leaves the other alone", resets.one_side_only),
    "reset-after-nan": Law("a reset cures a NaN", resets.after_nan),
    "reset-after-silence": Law("a reset is complete after silence", resets.after_silence),
    "reset-into-silence": Law("after a reset, silence is coded as on a fresh instance", resets.into_silence),
    "reset-after-failure": Law("a reset is complete after a failed call", resets.after_failure),
    "reset-many-times": Law("use and reset can be repeated for ever", resets.many_times),
    "failure-is-harmless": Law("a failed call leaves the stream where it was", resets.failure_is_harmless),
    "encode-leaves-decode": Law("encoding does not disturb decoding", separation.encode_leaves_decode),
    "decode-leaves-encode": Law("decoding does not disturb encoding", separation.decode_leaves_encode),
    "instances-separate": Law("instances do not leak into each other", separation.instances),
    "batch-rows": Law("each row of a batch is as if alone", separation.batch_rows),
}

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
    """Run *laws* (all if none are named) on *codec* and return its card; *report* hears of each finding at once."""
    begun = time.perf_counter()
    under_test = subject(codec, utterances)
    chosen = _chosen(laws)
    _known(under_test.promises_not, "promises_not")
    obstacle = basics.plain_stream(under_test)
    wavering = None if obstacle else judge("deterministic", under_test)
    findings = []
    for name in chosen:
        if obstacle is not None:
            finding = _finding(name, Status.COULD_NOT_RUN, f"a plain stream already fails: {obstacle}")
        elif wavering is not None and name == "deterministic":
            finding = wavering
        elif wavering is not None and wavering.status is Status.BROKEN and LAWS[name].compares:
            finding = _finding(
                name, Status.COULD_NOT_RUN, "the codec is not deterministic, so equality cannot be asked"
            )
        else:
            finding = judge(name, under_test)
        findings.append(finding)
        if report is not None:
            report(finding)
    info = codec.info
    return Card(
        codec=info.name,
        adapter=adapter,
        options={key: value if isinstance(value, str | int | float) else str(value) for key, value in options.items()},
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


def judge(name: str, under_test: Subject) -> Finding:
    """Check one law, whatever it takes, and say how it stands."""
    begun = time.perf_counter()
    try:
        trouble = LAWS[name].check(under_test)
        status, observed = (Status.BROKEN, trouble) if trouble else (Status.HELD, None)
        words = observed.words if observed else "as promised"
    except NotApplicable as reason:
        status, observed, words = Status.NOT_APPLICABLE, None, str(reason)
    except CodecFailed as error:
        status, observed, words = Status.BROKEN, None, str(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the edge: a Rust panic is no Exception; the other laws go on
        status, observed, words = Status.BROKEN, None, f"raised {type(error).__name__}: {error}"
    reason_not = under_test.promises_not.get(name)
    if reason_not is not None and status is not Status.NOT_APPLICABLE:
        was = "nevertheless observed to hold" if status is Status.HELD else f"observed: {words}"
        status, words = Status.NOT_PROMISED, f"{reason_not} ({was})"
    return Finding(
        law=name,
        promise=LAWS[name].promise,
        status=status,
        observed=words,
        first_frame=observed.frame if observed else None,
        off_by=observed.off_by if observed else None,
        seconds=time.perf_counter() - begun,
    )


def line(finding: Finding) -> str:
    """Return one finding as a line of text."""
    observed = "" if finding.status is Status.HELD else f": {finding.observed}"
    return f"{MARKS[finding.status]} {finding.law:<22} {finding.status}{observed}"


def markdown(card: Card) -> str:
    """Return the card as Markdown, for the documentation."""
    options = " ".join(f"--option {key}={value}" for key, value in card.options.items())
    rows = [
        f"| `{finding.law}` | {finding.promise} | {finding.status} | {_cell(finding.observed)} |"
        for finding in card.findings
    ]
    declared = ", ".join(f"{key} {value}" for key, value in card.declared.items())
    return "\n".join(
        [
            f"## {card.codec}: {card.description}",
            "",
            f"`codec-harness check {card.adapter}{' ' + options if options else ''}`: {card.headline}.",
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


def _chosen(laws: Iterable[str]) -> list[str]:
    names = list(laws)
    _known(names, "--law")
    return names or list(LAWS)


def _known(names: Iterable[str], where: str) -> None:
    for name in names:
        if name not in LAWS:
            raise SuiteInvalid(f"{where}: no law {name!r}; there are: {', '.join(LAWS)}")


def _finding(name: str, status: Status, observed: str) -> Finding:
    return Finding(law=name, promise=LAWS[name].promise, status=status, observed=observed)
