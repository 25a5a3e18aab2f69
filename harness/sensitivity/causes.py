"""What `explain` names as the cause of a fault that is noticed, and which laws the codec breaks with it."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from harness.check.bench import Here
from harness.check.finding import Status
from harness.check.subject import subject as checked
from harness.codecs.opening import open_codec
from harness.codecs.spec import CodecSpec
from harness.errors import HarnessError
from harness.explain.divergence import Explanation
from harness.explain.setups import explain_on
from harness.runtime.pool import WorkerDied
from harness.runtime.store import content_key
from harness.sensitivity import VERSION
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.fault import Family, Fault
from harness.sensitivity.layers import Layer
from harness.sensitivity.plants import Around
from harness.sensitivity.record import CauseRecord
from harness.sensitivity.subject import FaultProbe

T = TypeVar("T")

OF_CALLS = (Family.STATE, Family.CONCURRENCY)  # whose faults laws are made for, so that they are asked first
EXPLAINED = 2  # raise it when explanations are told in another way
# Those that take a second or less of any codec, and between them see what a fault can do to samples, calls and state.
LAWS = (
    "deterministic", "counts", "sound", "delay", "level", "polarity", "full-scale", "output-owned", "chunks",
    "clone-continues", "clone-independent", "reset-encoder", "reset-decoder", "encode-leaves-decode",
    "decode-leaves-encode", "instances-separate",
)  # fmt: skip


def explained(campaign: Campaign) -> dict[str, CauseRecord]:
    """Return what is named as the cause, by fault, of the largest size that shows at all."""
    rows: dict[str, tuple[Fault, FaultProbe]] = {}
    for row in campaign.faults.values():
        made = [one for one in campaign.probes(row.name) if campaign.judging.noticed(*one)[Layer.EXACT]]
        shown = [probe for probe, observed in made if observed.failure is None]
        if shown:
            rows[row.name] = row, max(shown, key=lambda probe: probe.step)
    subject = campaign.subject
    asked = {
        name: Asked(
            f"sensitivity-cause:{EXPLAINED}:{campaign.probing.key(probe)}",
            partial(explain_on, *subject.speech[probe.utterance], *subject.planted(probe, row)),
        )
        for name, (row, probe) in rows.items()
    }
    found = {}
    for name, explanation in _answers(campaign, asked, Explanation).items():
        row, probe = rows[name]
        found[name] = CauseRecord(
            size=row.sizes[probe.step],
            side=explanation.side,
            wanted=row.plant.sides,
            right=explanation.side in row.plant.sides,
            text=explanation.text,
        )
    return found


def broken_laws(campaign: Campaign) -> dict[str, tuple[str, ...]]:
    """Return the laws that the codec breaks with a fault at its largest size, and keeps without, by fault."""
    subject = campaign.subject
    first = next(iter(subject.speech))
    specs = {"": subject.setup.configuration.codec}
    for row in sorted(campaign.faults.values(), key=lambda row: row.family not in OF_CALLS):
        if isinstance(row.plant, Around):
            planted, _ = subject.planted(FaultProbe(row.name, len(row.sizes) - 1, first, 0), row)
            specs[row.name] = planted.configuration.codec
    asked = {name: Asked(_laws_key(campaign, spec), partial(laws_broken_by, spec)) for name, spec in specs.items()}
    found = _answers(campaign, asked, list[str])
    without = found.pop("", None)
    if without is None:
        return {}
    return {name: tuple(law for law in laws if law not in without) for name, laws in found.items()}


def _laws_key(campaign: Campaign, spec: CodecSpec) -> str:
    return "sensitivity-laws:" + content_key(
        version=(VERSION, LAWS),
        options=spec.options,
        adapter=spec.adapter,
        codec=(campaign.subject.info.fingerprint, campaign.subject.code),
    )


@dataclass(frozen=True)
class Asked(Generic[T]):
    """What a worker process is asked, and the key that its answer is kept under."""

    key: str
    task: Callable[[], T]


def _answers(campaign: Campaign, asked: dict[str, Asked[T]], kind: type[T]) -> dict[str, T]:
    """Return the answers by name; what is not known yet is asked as long as there is time."""
    workers = campaign.probing.workers
    found: dict[str, T] = {}
    open_names = []
    for name, one in asked.items():
        kept = workers.store.get(one.key, kind)
        if kept is None:
            open_names.append(name)
        else:
            found[name] = kept
    running: dict[Future[T], str] = {}
    while open_names or running:
        while open_names and len(running) < workers.jobs and time.monotonic() < campaign.end:
            name = open_names.pop(0)
            running[workers.pool.submit(asked[name].task)] = name
        if not running:
            break
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            name = running.pop(done)
            try:
                found[name] = done.result()
            except (HarnessError, WorkerDied):
                continue  # what cannot be told is left out
            workers.store.put(asked[name].key, found[name], kind)
    return found


def laws_broken_by(spec: CodecSpec) -> list[str]:
    """Return those of `LAWS` that a codec breaks; runs in a worker process."""
    bench = Here(checked(open_codec(spec)))
    return [law for law in LAWS if bench.judge(law).status is Status.BROKEN]
