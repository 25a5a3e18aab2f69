"""What `explain` names as the cause of a fault that is noticed, and which laws the codec breaks with it."""

from concurrent.futures import Future
from functools import partial

from harness.check.bench import Here
from harness.check.finding import Status
from harness.check.subject import subject as checked
from harness.codecs.spec import CodecSpec, open_codec
from harness.errors import HarnessError
from harness.explain.divergence import Explanation
from harness.explain.setups import explain_on
from harness.runtime.pool import WorkerDied
from harness.runtime.store import content_key
from harness.sensitivity import VERSION
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.fault import Fault
from harness.sensitivity.layers import Layer
from harness.sensitivity.plants import Around
from harness.sensitivity.record import CauseRecord
from harness.sensitivity.subject import Probe

EXPLAINED = 2  # raise it when explanations are told in another way
# Those that take a second or less of any codec, and between them see what a fault can do to samples, calls and state.
LAWS = (
    "deterministic", "counts", "sound", "delay", "level", "polarity", "full-scale", "output-owned", "chunks",
    "clone-continues", "clone-independent", "reset-encoder", "reset-decoder", "encode-leaves-decode",
    "decode-leaves-encode", "instances-separate",
)  # fmt: skip


def explained(campaign: Campaign) -> dict[str, CauseRecord]:
    """Return what is named as the cause, by fault, of the largest size that shows at all."""
    asked: dict[str, tuple[Fault, Probe, Future[Explanation] | Explanation]] = {}
    pool, store = campaign.probing.workers.pool, campaign.probing.workers.store
    for row in campaign.faults.values():
        made = [one for one in campaign.probes(row.name) if campaign.judging.noticed(*one)[Layer.EXACT]]
        made = [one for one in made if one[1].failure is None]
        if not made:
            continue
        probe = max(made, key=lambda one: one[0].step)[0]
        key = f"sensitivity-cause:{EXPLAINED}:{campaign.probing.key(probe)}"
        kept = store.get(key, Explanation)
        if kept is None:
            planted, held = campaign.subject.planted(probe, row)
            future = pool.submit(explain_on, *campaign.subject.speech[probe.utterance], planted, held)
            future.add_done_callback(partial(_keep, campaign, key))
            asked[row.name] = row, probe, future
        else:
            asked[row.name] = row, probe, kept
    found = {}
    for name, (row, probe, told) in asked.items():
        try:
            explanation = told if isinstance(told, Explanation) else told.result()
        except (HarnessError, WorkerDied) as error:
            explanation = Explanation(text=f"cannot be told: {error}", failed=True)
        found[name] = CauseRecord(
            size=row.sizes[probe.step],
            side=explanation.side,
            wanted=row.plant.sides,
            right=explanation.side in row.plant.sides,
            text=explanation.text,
        )
    return found


def _keep(campaign: Campaign, key: str, done: Future[Explanation]) -> None:
    if not done.cancelled() and done.exception() is None:
        campaign.probing.workers.store.put(key, done.result())


def broken_laws(campaign: Campaign) -> dict[str, tuple[str, ...]]:
    """Return the laws that the codec breaks with a fault at its largest size, and keeps without, by fault."""
    subject = campaign.subject
    first = next(iter(subject.speech))
    specs = {}
    for row in campaign.faults.values():
        if isinstance(row.plant, Around):
            planted, _ = subject.planted(Probe(row.name, len(row.sizes) - 1, first, 0), row)
            specs[row.name] = planted.configuration.codec
    asked = {name: _laws(campaign, spec) for name, spec in specs.items()}
    without = _told(_laws(campaign, subject.setup.configuration.codec))
    if without is None:
        return {}
    found = {name: _told(future) for name, future in asked.items()}
    return {name: tuple(law for law in laws if law not in without) for name, laws in found.items() if laws is not None}


def _laws(campaign: Campaign, spec: CodecSpec) -> Future[list[str]]:
    subject, workers = campaign.subject, campaign.probing.workers
    key = "sensitivity-laws:" + content_key(
        version=(VERSION, LAWS),
        options=spec.options,
        adapter=spec.adapter,
        codec=(subject.info.fingerprint, subject.code),
    )
    kept = workers.store.get(key, list[str])
    if kept is not None:
        known: Future[list[str]] = Future()
        known.set_result(kept)
        return known
    future = workers.pool.submit(laws_broken_by, spec)
    future.add_done_callback(partial(_keep, campaign, key))
    return future


def _told(asked: Future[list[str]]) -> list[str] | None:
    try:
        return asked.result()
    except (HarnessError, WorkerDied):
        return None


def laws_broken_by(spec: CodecSpec) -> list[str]:
    """Return those of `LAWS` that a codec breaks; runs in a worker process."""
    bench = Here(checked(open_codec(spec)))
    return [law for law in LAWS if bench.judge(law).status is Status.BROKEN]
