"""From a finished run, or a suite, to two setups that are held side by side on one utterance."""

from pathlib import Path

from harness.errors import UsageInvalid
from harness.explain.divergence import Explanation
from harness.explain.setups import explain_on
from harness.files import given
from harness.record import RunRecord, Verdict, load
from harness.runs.explaining import keep, told, untold
from harness.runs.keys import interfering
from harness.runs.recorded import suite_to_run
from harness.runs.suite import Suite
from harness.runs.suite import load as load_suite
from harness.runs.suite_speech import chosen_speech
from harness.runtime.pool import IsolatedPool


def explain_setups(
    suite: Suite, name: str, against: str | None, utterance: str | None, pool: IsolatedPool
) -> Explanation:
    """
    Hold the setup *name* of *suite* against another, or against its own reference, on one utterance, in a process of
    *pool*.

    utterance : an id; None for the first. Raises `UsageInvalid` if a setup or the utterance is unknown.
    """
    utterances = chosen_speech(suite.speech)
    ids = [each.id for each in utterances]
    if utterance is not None and utterance not in ids:
        raise UsageInvalid(f"no utterance {utterance!r}; there are: {', '.join(ids)}")
    index = 0 if utterance is None else ids.index(utterance)
    suspect = suite.setup(name)
    reference = suite.setup(against or suspect.reference)
    asked = pool.submit(explain_on, utterances[index], interfering(utterances)[index], suspect, reference)
    try:
        return asked.result()
    except UsageInvalid:
        raise
    except Exception as error:  # noqa: BLE001 - it comes of foreign code, whatever it is
        return Explanation(text=untold(suspect.name, error), failed=True)


def suite_of(place: Path, suite_file: Path | None = None, *, trusted: bool = False) -> tuple[Suite, RunRecord | None]:
    """
    Return the suite of a run (its folder or run.json), with the record, or the suite in a TOML file.

    suite_file, trusted : as of `harness.runs.recorded.suite_to_run`
    """
    if place.suffix == ".toml":
        return load_suite(place), None
    record = load(place / "run.json" if given.is_folder(place) else place, RunRecord)
    return suite_to_run(record, suite_file, trusted=trusted), record


def suspects(record: RunRecord) -> list[str]:
    """Return the setups of a run that are not what they must be, the worst cell of each, as `cell` takes them."""
    return [
        f"{setup.name}/{setup.worst_utterance}" for setup in record.setups if not setup.met and not setup.is_reference
    ]


def wrong_alone(record: RunRecord) -> list[str]:
    """Say of each reference setup of a run that is not what it must be why there is nothing to replay it against."""
    return [
        f"{setup.name} is {setup.verdict}, and the reference that others are held against: "
        f"{'; '.join(setup.reasons[:2])}. There is nothing to replay it against; name one with --against SETUP, such "
        "as a version of the codec that is right."
        for setup in record.setups
        if not setup.met and setup.is_reference
    ]


def remember(folder: Path, record: RunRecord, texts: dict[tuple[str, str], str]) -> RunRecord:
    """Write explanations, by setup and utterance, into a run's cells; return the record. The report shows them."""
    changed = told(record, texts)
    keep(folder, changed, record)
    return changed


def verdict_of(record: RunRecord, setup: str, utterance: str | None) -> Verdict | None:
    """Return what a run found of a cell, or None if it has no such cell."""
    cell = record.cells.get(setup, utterance)
    return None if cell is None else cell.verdict


def cell(suite: Suite, record: RunRecord | None, name: str) -> tuple[str, str | None]:
    """
    Return the setup and utterance that *name* means: a setup, or a setup and an utterance, "mini/takeover/heart-01".

    A setup alone means its worst utterance, where a run has told which that is.
    """
    setups = [setup.name for setup in suite.setups]
    if name in setups:
        worst = {setup.name: setup.worst_utterance for setup in record.setups} if record else {}
        return name, worst.get(name)
    setup, _, utterance = name.rpartition("/")
    if setup not in setups:
        raise UsageInvalid(f"no cell {name!r}; wanted SETUP or SETUP/UTTERANCE; the setups are: {', '.join(setups)}")
    return setup, utterance
