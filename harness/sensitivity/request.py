"""From a suite to what it notices: the subjects, the baseline, the probes, the answer."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness import verdict
from harness.errors import CodecUnavailable, HarnessError, UsageInvalid
from harness.gate import baseline as baselines
from harness.gate.baseline import Baseline
from harness.record import Verdict
from harness.runs import comparing
from harness.runs.conditions import ScoresTable
from harness.runs.keys import MEASURES, interfering
from harness.runs.scoring import Scorer, require
from harness.runs.suite import Suite
from harness.runs.suite_speech import chosen_speech
from harness.runs.traces import Traces
from harness.runtime import provenance
from harness.runtime.pool import WorkerDied
from harness.runtime.store import content_key
from harness.runtime.version import __version__
from harness.runtime.workers import Workers, opened
from harness.sensitivity import VERSION, catalogue
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.catalogue import BENIGN, FAULTS
from harness.sensitivity.fault import Family
from harness.sensitivity.findings import subject_record
from harness.sensitivity.judging import Judging
from harness.sensitivity.probing import FaultProbing
from harness.sensitivity.record import SensitivityRecord, SubjectRecord
from harness.sensitivity.subject import FaultProbe, FaultSubject

Say = Callable[[str], None]
TELLING = 2  # raise it when the same probes are told otherwise, so that no earlier answer is read back
PROBES = 0.8  # of the time; the rest is for causes and laws


@dataclass(frozen=True)
class Request:
    """
    What is asked.

    setups : names or patterns; the reference setups of all codecs if empty; faults : names or families, all if empty
    minutes : for probes, of all setups together; explain : also ask what `explain` names, and which laws break
    baseline : what was accepted, or None
    only_scored : measure only what the suite scores, which is faster, and gives no advice on scores
    more : go on where an earlier call ran out of time, rather than tell what it found
    """

    suite: Suite
    setups: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    minutes: float = 15.0
    jobs: int | None = None
    explain: bool = True
    laws: bool = True
    baseline: Baseline | None = None
    more: bool = False
    only_scored: bool = False

    @property
    def scores(self) -> ScoresTable:
        """What is measured of each probe."""
        return self.suite.scores if self.only_scored else everything(self.suite.scores)


def sensitivity(request: Request, say: Say | None = None) -> SensitivityRecord:
    """
    Plant faults into the suite's codecs, and tell what the suite notices of them.

    Raises `CodecUnavailable` if a codec is broken with nothing planted in it; `UsageInvalid` if a setup or a fault is
    unknown.
    """
    began = time.monotonic()
    for name in request.faults:
        if name not in list(Family):
            catalogue.find(name)
    with opened(request.jobs, call_limit=request.suite.limit) as workers:
        scorer = Scorer(workers.pool, workers.store, request.scores)
        subjects = _subjects(request, workers)
        key = "sensitivity-answer:" + _key(request, subjects, scorer)
        known = None if request.more else workers.store.get(key, SensitivityRecord)
        if known is not None:
            return known
        found = []
        for left, subject in zip(range(len(subjects), 0, -1), subjects, strict=True):
            spent = time.monotonic() - began
            share = max(0.0, request.minutes * 60 - spent) / left
            found.append(_probed(request, subject, workers, scorer, share, say))
        told = provenance.collect(
            scorer.identity["versions"], scorer.identity["recogniser"], {}, (MEASURES, comparing.VERSION)
        )
        answer = SensitivityRecord(
            suite=request.suite.name,
            budget_minutes=request.minutes,
            seconds=round(time.monotonic() - began, 1),
            provenance=told,
            subjects=tuple(found),
        )
        workers.store.put(key, answer)
    return answer


def _key(request: Request, subjects: Sequence[FaultSubject], scorer: Scorer) -> str:
    """Return the hash of all that decides an answer: what a probe's key has, how it is judged, and how long."""
    return content_key(
        version=(VERSION, TELLING, verdict.VERSION, MEASURES, comparing.VERSION, __version__),
        suite=request.suite.model_dump(mode="json"),
        codecs=[(one.setup.name, one.info.fingerprint, one.code) for one in subjects],
        speech=[(name, one.waveform().sha256()) for name, (one, _) in subjects[0].speech.items()],
        scorers=scorer.identity,
        catalogue=[(row.name, row.sizes, row.heard) for row in (*FAULTS.values(), *BENIGN.values())],
        asked=(request.faults, request.minutes, request.explain, request.laws),
        baseline=None if request.baseline is None else request.baseline.model_dump(mode="json"),
    )


def everything(scores: ScoresTable) -> ScoresTable:
    """
    Return *scores* with PESQ and STOI switched on, if they are installed: what a suite does without, advice is made of.

    Words cost ten times as much. They are measured where the suite does.
    """
    found = scores
    for change in ({"pesq": True}, {"stoi": True}):
        more = found.model_copy(update=change)
        with suppress(HarnessError):
            require(more)
            found = more
    return found


def _subjects(request: Request, workers: Workers) -> list[FaultSubject]:
    suite = request.suite.selected(setups=request.setups)
    chosen = [setup for setup in suite.setups if setup.reference == setup.name and setup.configuration.untouched]
    if request.setups:
        named = request.suite.only(request.setups).setups
        chosen = [one for one in chosen if one.name in {each.name for each in named}]
    if not chosen:
        raise UsageInvalid(
            f"--setup: got {', '.join(request.setups) or 'none'}; wanted setups that are held against themselves, on "
            f"an untouched wire and path: {', '.join(s.name for s in request.suite.setups if s.reference == s.name)}"
        )
    utterances = chosen_speech(suite.speech)
    speech = {one.id: (one, other) for one, other in zip(utterances, interfering(utterances), strict=True)}
    traces = Traces(workers)
    found = []
    for setup in chosen:
        try:
            info, code, *_ = traces.described(setup.configuration.codec).result()
        except WorkerDied as death:
            raise CodecUnavailable(f"codecs.{setup.codec}: {death}") from None
        found.append(FaultSubject(request.suite, setup, info, code, speech))
    return found


def _probed(
    request: Request, subject: FaultSubject, workers: Workers, scorer: Scorer, seconds: float, say: Say | None
) -> SubjectRecord:
    now = time.monotonic()
    deadline, end = now + PROBES * seconds, now + seconds
    probing = FaultProbing(subject, workers, scorer)
    judging = Judging.of(subject, request.baseline)
    _sound(probing, judging)
    probing.variants = probing.vary(request.suite.speech.variants)

    def watch(done: int, made: int) -> None:
        if say is not None:
            left = max(0.0, deadline - time.monotonic())
            say(f"{subject.name}: {done} probes, {made} decodes made now, at most {left / 60:.1f} minutes left")

    campaign = Campaign(probing, judging, deadline, end, request.scores, request.faults, watch)
    campaign.run()
    return subject_record(campaign, explain=request.explain, laws=request.laws)


def _sound(probing: FaultProbing, judging: Judging) -> None:
    """Raise `CodecUnavailable` if the codec is broken with nothing planted in it."""
    subject = probing.subject
    nothing = [FaultProbe("nothing", 0, name, 0) for name in subject.speech]
    probing.observe(nothing)
    for probe in nothing:
        observed = probing.observed.pop(probe)
        said = observed.failure
        if said is None and judging.rung(observed) not in (Verdict.IDENTICAL, Verdict.EQUIVALENT):
            said = "it does not give the same twice"
        if said is not None:
            raise CodecUnavailable(
                f"{subject.name}: broken with nothing planted in it, on {probe.utterance}: {said}; "
                "mend that first: `codec-harness check` says more"
            )


def baseline_of(folder: Path, suite: Suite) -> Baseline | None:
    """Return what was accepted for *suite* in *folder*; None if nothing was."""
    return baselines.load(baselines.place(folder, suite.name))
