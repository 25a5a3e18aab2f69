"""The answer of a search in words. Every sentence is read off the record."""

from collections.abc import Sequence

from harness.bisect.answer import failures
from harness.bisect.answer.phrases import count, listed, percent, point, setting, shown
from harness.bisect.answer.record import (
    NONE_TO_SPARE,
    ChangeRecord,
    ControlRecord,
    Ends,
    FactorRecord,
    FactorsRecord,
    JointRecord,
    RepeatsRecord,
    SetRecord,
    VersionsRecord,
)
from harness.bisect.controls import CONTROLS
from harness.bisect.probe.criterion import FAILS
from harness.bisect.search import Judged, Outcome
from harness.bisect.search.causes import Proof, Role

MOST_NAMED = 6  # points that could not be judged

ENDS = {
    Outcome.BOTH_GOOD: "{bad} is not bad ({bad_if}), and neither is {good}: this cannot be reproduced, or the cause is "
    "outside what was searched, or what differs cancels out.",
    Outcome.BOTH_BAD: "{good}, the good end, is bad ({bad_if}) already: choose a better one.",
    Outcome.SWAPPED: "The ends are swapped: {good} is bad and {bad} is good.",
    Outcome.CANNOT_REPRODUCE: "An end is judged now good, now bad; it cannot be reproduced with this error rate.",
    Outcome.CANNOT_JUDGE: "An end cannot be judged",  # which and why follows
    Outcome.NOT_REPEATABLE: "What was found was judged otherwise when it was repeated.",
}


def tell_factors(record: FactorsRecord, bad_if: str) -> str:
    """Say which differences break, which repair, and how sure that is."""
    if record.outcome is not Outcome.FOUND:
        return _ends(record.outcome, record.good, record.bad, bad_if, record.end_probes)
    factors = {factor.factor: factor for factor in record.factors}
    sentences = [f"{record.bad} differs from {record.good} in {count(len(factors), 'factor')}."]
    for cause in record.causes:
        sentences.append(f"{listed([setting(factors[name]) for name in cause.factors])} {_breaks(cause, record)}.")
    sentences += failures.of_causes(record)
    sentences += _not_enough(record, factors)
    sentences += [_control(control, record) for control in record.controls]
    if record.repairs:
        fix = record.repairs[0]
        undone = listed([f"{name} = {shown(factors[name].good)}" for name in fix.factors])
        others = len(record.repairs) - 1
        also = f" ({count(others, 'other way', 'other ways')} too)" if others else ""
        failing = {control.hazard for control in record.controls if control.fails}
        kind = _fix(record, around=bool(failing & set(fix.factors)))
        sentences.append(f"{kind}: {undone}{also}.")
    for masking, masked in record.masks:
        sentences.append(_masking(masking, masked))
    sentences += _innocent(record)
    sentences.append(_certainty(record))
    return " ".join(sentences)


def _breaks(cause: SetRecord, record: FactorsRecord) -> str:
    """Say what a cause does, and of its parts no more than was judged."""
    if len(cause.factors) == 1:
        return "alone breaks it"
    if cause.proof == Proof.ALL:
        return "break it together, and none of them without the others"
    if cause.proof == Proof.ONE_LESS:
        return "break it together, and without any one of them the others do not"
    good = {frozenset(probe.point) for probe in record.probes if probe.judgement is Judged.GOOD}
    every = frozenset(cause.factors)
    unknown = [point(part) for name in cause.factors if (part := every - {name}) not in good]
    said = f" (not judged: {'; '.join(unknown)})" if unknown else ""
    return f"break it together, but whether all of them are needed is not known{said}"


def _fix(record: FactorsRecord, *, around: bool = False) -> str:
    """Return what the first repair is called; around : it does away with what a sound codec would keep."""
    smallest = record.complete and record.repairs[0].proof == NONE_TO_SPARE
    if around:
        return f"{'Smallest' if smallest else 'A'} way around it, which fixes nothing"
    if smallest:
        return "Smallest fix"
    spare = record.repairs[0].proof == NONE_TO_SPARE
    return "A fix, of which nothing can be spared" if spare else "A fix, of which less may be enough"


def _not_enough(record: FactorsRecord, factors: dict[str, FactorRecord]) -> list[str]:
    """Say what misled: a cause whose removal alone changes nothing, because another one is still there."""
    guilty = [name for cause in record.causes for name in cause.factors]
    useless = [name for name in dict.fromkeys(guilty) if factors[name].repairs_alone is False]
    if len(record.causes) < 2 or not useless:
        return []
    return [f"Undoing only {listed(useless, 'or')} leaves it bad, since another cause remains."]


def _control(control: ControlRecord, record: FactorsRecord) -> str:
    """Say that a remedy does not work, or that it is what is missing."""
    hazard, remedy = f"{control.hazard} = {control.value}", f"{control.remedy} = {control.remedy_value}"
    if control.fails:
        return (
            f"{remedy} is meant to undo {hazard}, and does not: with both it is bad, with {control.hazard} = "
            f"{control.clean} good. So the fault is in what was to undo it."
        )
    accused = any(control.remedy in cause.factors for cause in record.causes)
    what = f"{remedy} breaks it only by leaving out what undoes {hazard}" if accused else f"Nothing undoes {hazard}"
    return (
        f"{what}: with {control.remedy} = {control.works} it is good, and with {control.hazard} = {control.clean} too."
    )


def _masking(masking: Sequence[str], masked: Sequence[str]) -> str:
    if any((control.names,) == tuple(masking) and (control.hazard,) == tuple(masked) for control in CONTROLS):
        return f"{listed(masking)} undoes {listed(masked)}, as it is meant to."
    verb = "hides" if len(masking) == 1 else "hide"
    return f"{listed(masking)} {verb} the effect of {listed(masked)}."


def _innocent(record: FactorsRecord) -> list[str]:
    harmless = [factor for factor in record.factors if factor.roles == (Role.HARMLESS,)]
    if not harmless:
        return []
    names = listed([setting(factor) for factor in harmless])
    good = min(one.kept_good for one in harmless)
    kept, untried = [one.kept_bad for one in harmless if one.kept_bad], [one for one in harmless if not one.kept_bad]
    verb, which, least = ("is", "it", "") if len(harmless) == 1 else ("are", "any of them", "at least ")
    also = f", and a bad one bad in {least}{min(kept)}" if kept else ""
    if untried:
        also += f"; no bad point was tried with {listed([one.factor for one in untried], 'or') if kept else which}"
    doubt = ""
    if not record.exhaustive:
        judged = sum(probe.judgement is not Judged.SKIP for probe in record.probes)
        why = ", since one factor may mask another" if record.doubted else ""
        doubt = f" as far as was judged, in {judged} of {2 ** len(record.factors)} combinations{why}"
    return [
        f"{names} {verb} innocent{doubt}: setting {which} left a good point good in "
        f"{least}{count(good, 'pair')} of probes{also}."
    ]


def _certainty(record: FactorsRecord) -> str:
    said = f"{count(record.made, 'probe')}"
    remembered = sum(probe.remembered for probe in record.probes)
    if remembered:
        said += f", {remembered} more known already"
    believed = _believed(record.confidence, record.error_rates)
    if not record.complete:
        skipped = [probe for probe in record.probes if probe.judgement is Judged.SKIP]
        if not skipped and record.doubted:
            why = "one factor may mask another and not every combination was judged"
            return f"{said}; not everything could be proven, since {why}.{believed}"
        if not skipped:
            return f"{said}; not everything could be proven, see the table.{believed}"
        named = [point(probe.point) for probe in skipped[:MOST_NAMED]]
        more = [f"{len(skipped) - len(named)} more"] if len(skipped) > len(named) else []
        why = f"{count(len(skipped), 'point')} could not be judged: {'; '.join([*named, *more])}"
        return f"{said}; not everything could be proven, since {why} ({skipped[0].reason}).{believed}"
    if record.exhaustive:
        return f"{said}; every combination was judged.{believed}"
    return f"{said}, {record.checked} of them to check that nothing is masked (no surprise).{believed}"


def _believed(confidence: float | None, rates: tuple[float, float] | None) -> str:
    """Say what the posterior means; nothing where no error rates were given, since then it would mean nothing."""
    if confidence is None or rates is None:
        return ""
    return (
        f" Every judgement behind this was repeated until it was sure enough: all of them are right with a probability "
        f"of {percent(confidence)}, if a probe calls a good point bad in {percent(rates[0])} and a bad one good in "
        f"{percent(rates[1])} of all cases, and good and bad were equally likely before."
    )


def tell_versions(record: VersionsRecord, bad_if: str) -> str:
    """Say where the history changes, why, and what may have been missed; a line for each of these."""
    names = [version.name for version in record.versions]
    first = []
    if record.outcome is not Outcome.FOUND:
        said = _ends(record.outcome, names[0], names[-1], bad_if, record.end_probes, changes=bool(record.changes))
        first.append(said)
    if len(record.changes) > 1:
        first.append(f"The history changes {len(record.changes)} times.")
    last = []
    skipped = [name for probe in record.unusable for name in probe.point]
    skipped += [v.name for v in record.versions if v.probe is not None and v.probe.judgement is Judged.SKIP]
    if skipped:
        last.append(f"Skipped: {listed(skipped)}{failures.of_skipped(record, bad_if)}.")
    probed = sum(v.probe is not None and v.probe.judgement is not Judged.SKIP for v in record.versions)
    unseen = f"; a change and its undoing within {record.unseen} of the others could hide" if record.unseen else ""
    last.append(
        f"{count(record.made, 'probe')} of versions; {probed} of {len(names)} judged{unseen}."
        f"{_believed(record.confidence, record.error_rates)}"
    )
    lines = [first, *(_change_and_why(change, record, bad_if) for change in record.changes), last]
    return "\n".join(" ".join(sentences) for sentences in lines if sentences)


def _change_and_why(change: ChangeRecord, record: VersionsRecord, bad_if: str) -> list[str]:
    failing = failures.of_change(change, record, record.versions[-1].name, record.versions[-1].probe)
    sentences = [_change(change)]
    if change.since_start:
        start = record.versions[0].name
        sentences.append(f"What {change.after} changes is not enough in {start}: it needs what was set before.")
    if change.why is not None:
        return [*sentences, tell_factors(change.why, bad_if), *failing]
    sentences += failing
    about = next(version for version in record.versions if version.name == change.after)
    if about.about and change.after in about.changes.values():  # a commit sets but itself; its subject says more
        sentences.append(f"{change.after} is {about.about!r}.")
    elif about.changes:
        changed = listed([f"{name} = {shown(value)}" for name, value in about.changes.items()])
        sentences.append(f"{change.after} sets {changed}.")
    return sentences


def tell_joint(record: JointRecord, bad_if: str) -> str:
    """Say which versions break with which factors, what breaks without any version, and what repairs the bad end."""
    whole = record.rounds[0]
    if whole.outcome is not Outcome.FOUND:
        return _ends(whole.outcome, whole.good, whole.bad, bad_if, whole.end_probes)
    factors = {factor.factor: factor for factor in whole.factors}
    sentences = [f"{whole.bad} differs from {whole.good} in the version and {count(len(factors) - 1, 'factor')}."]
    for step in record.steps:
        under = f"With {listed([setting(factors[name]) for name in step.factors])}: " if step.factors else ""
        for change in step.history.changes:
            said = _change(change)
            sentences.append(f"{under}{said[0].lower() + said[1:] if under else said}")
            sentences += failures.of_change(change, step.history, whole.bad, whole.end_probes[1])
        alone = _good_alone(record, step.factors) if step.factors else ""
        if alone:
            sentences.append(f"Neither {alone} nor the configuration breaks it without the other.")
    for cause in whole.causes:
        if record.axis not in cause.factors:
            names = listed([setting(factors[name]) for name in cause.factors])
            verb = "breaks" if len(cause.factors) == 1 else "break"
            sentences.append(f"{names} {verb} the first version already, {record.ends[0]}.")
    if whole.repairs:
        undone = [_undone(record, factors[name]) for name in whole.repairs[0].factors]
        others = len(whole.repairs) - 1
        also = f" ({count(others, 'other way', 'other ways')} too)" if others else ""
        sentences.append(f"{_fix(whole)}: {listed(undone)}{also}.")
    sentences += [_masking(masking, masked) for masking, masked in whole.masks]
    sentences += _innocent(whole)
    if not record.complete:
        sentences.append("Not everything could be proven, see the tables.")
    sentences.append(f"{count(record.made, 'probe')}.{_believed(whole.confidence, whole.error_rates)}")
    return " ".join(sentences)


def _good_alone(record: JointRecord, factors: Sequence[str]) -> str:
    """Return the version that was judged good without any of these factors, where these are without it; "" if none."""
    for one in record.rounds:
        probes = [one.probe(point) for point in (factors, (record.axis,))]
        if all(probe is not None and probe.judgement is Judged.GOOD for probe in probes):
            return next(str(factor.bad) for factor in one.factors if factor.factor == record.axis)
    return ""


def tell_repeats(repeats: RepeatsRecord, bad_if: str) -> str:
    """Say what was repeated, how often, and what that excludes; or why nothing is accused."""
    what = f"{count(len(repeats.points), 'point')}, {repeats.times} runs of each on {repeats.utterance}"
    how = f"{repeats.processes} of them in fresh processes and in opposite orders"
    if repeats.alone:
        how += f" ({listed(repeats.alone)} in processes of {'its' if len(repeats.alone) == 1 else 'their'} own)"
    if not repeats.stands and not repeats.contradicted:
        return f"Nothing is accused, since the points that the answer rests on could not be repeated: {repeats.words}."
    if not repeats.stands:
        which = listed(repeats.contradicted)
        verb = "were" if len(repeats.contradicted) > 1 else "was"
        return (
            f"Not repeatable, so nothing is accused and nothing is called innocent: {which} {verb} judged now good, "
            f"now bad ({bad_if}) in {what}, {how}. The codec is not the same twice: {repeats.words}."
        )
    if not repeats.identical:
        return f"Repeated: {what}, {how}. They are not equal bit for bit, but each point was judged alike every time."
    when = "Repeated by an earlier search" if repeats.remembered else "Repeated"
    same = "the same, bit for bit or failure for failure," if bad_if == FAILS else "the same, bit for bit,"
    return f"{when}: {what}, {how}. Each point came out {same} in {repeats.times} of {repeats.times} runs."


def _undone(record: JointRecord, factor: FactorRecord) -> str:
    if factor.factor != record.axis:
        return f"{factor.factor} = {shown(factor.good)}"
    before = [change.before for step in record.steps for change in step.history.changes if change.becomes is Judged.BAD]
    return f"{factor.factor} = {shown(before[0])}" if len(before) == 1 else f"{factor.factor} = {shown(factor.good)}"


def _change(change: ChangeRecord) -> str:
    if change.becomes is Judged.BAD:
        said = f"It breaks in {change.after}: {change.before} is still good"
    else:
        said = f"It is fixed in {change.after}: {change.before} is still bad"
    if change.hidden:
        said += f", and {listed(change.hidden)} between them cannot be judged, so it may have happened there"
    return f"{said}."


def _ends(outcome: Outcome, good: str, bad: str, bad_if: str, probes: Ends, *, changes: bool = False) -> str:
    """Say what is wrong with the ends, of which *probes* are those of the good one and of the bad one."""
    if changes and outcome in (Outcome.BOTH_GOOD, Outcome.BOTH_BAD):
        both, between = (Judged.GOOD, Judged.BAD) if outcome is Outcome.BOTH_GOOD else (Judged.BAD, Judged.GOOD)
        return f"Both {good} and {bad} are {both}, but between them it was {between} ({bad_if})."
    said = ENDS[outcome].format(good=good, bad=bad, bad_if=bad_if)
    if outcome is Outcome.BOTH_BAD:
        return said + failures.of_good_end(probes)
    return said + failures.of_unjudged_end((good, bad), probes) if outcome is Outcome.CANNOT_JUDGE else said
