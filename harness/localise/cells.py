"""From a finished run, or a suite, to two setups that are held side by side on one utterance."""

from pathlib import Path

from harness.errors import SuiteInvalid
from harness.execution import EncodedBefore, Observer, Trace, whole_frames
from harness.identity import others
from harness.localise.explain import Explanation, Replay, explain
from harness.pipeline import chosen_speech
from harness.record import RunRecord, load
from harness.signal_path import feed
from harness.speech import Utterance
from harness.suite import Setup, Suite
from harness.suite import load as load_suite
from harness.tracing import open_codec, run_setup


def explain_setups(suite: Suite, name: str, against: str | None, utterance: str | None) -> Explanation:
    """
    Hold the setup *name* of *suite* against another, or against its own reference, on one utterance.

    utterance : an id; None for the first. Raises `SuiteInvalid` if a setup or the utterance is unknown.
    """
    utterances = chosen_speech(suite.speech)
    ids = [each.id for each in utterances]
    if utterance is not None and utterance not in ids:
        raise SuiteInvalid(f"no utterance {utterance!r}; there are: {', '.join(ids)}")
    index = 0 if utterance is None else ids.index(utterance)
    suspect = suite.setup(name)
    reference = suite.setup(against or suspect.reference)
    speech, other = utterances[index], others(utterances)[index]
    before: dict[str, EncodedBefore] = {}
    replays = [_replay(suite, setup, speech, other, before) for setup in (reference, suspect)]
    return explain(*replays)


def suite_of(place: Path) -> tuple[Suite, RunRecord | None]:
    """Return the suite of a run (its folder or run.json), with the record, or the suite in a TOML file."""
    if place.suffix == ".toml":
        return load_suite(place), None
    record = load(place / "run.json" if place.is_dir() else place, RunRecord)
    return Suite.model_validate(record.suite), record


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
        raise SuiteInvalid(f"no cell {name!r}; wanted SETUP or SETUP/UTTERANCE; the setups are: {', '.join(setups)}")
    return setup, utterance


def _replay(
    suite: Suite, setup: Setup, speech: Utterance, other: Utterance, before: dict[str, EncodedBefore]
) -> Replay:
    codec = open_codec(suite.codecs[setup.codec])
    waveform, second = speech.waveform(), other.waveform()
    # Codes may be shared between setups that are fed the same samples, as in a run.
    known = before.setdefault(f"{setup.codec} {setup.path.model_dump_json()}", {})

    def run(observe: Observer | None) -> Trace:
        return run_setup(setup, codec, waveform, second, known, observe)

    fed = whole_frames(feed(setup.path, waveform, codec.info.sample_rate), codec.info)
    return Replay(setup.name, codec.info, fed, run)
