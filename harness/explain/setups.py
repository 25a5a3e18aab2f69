"""Two setups on one utterance, held side by side. Everything is handed in, so that a worker process can do it."""

from harness.audio.speech import Utterance
from harness.codecs.spec import CodecSpec, open_codec
from harness.errors import UsageInvalid
from harness.explain.divergence import Explanation, explain
from harness.explain.repeats import Case
from harness.explain.replay import Replay
from harness.topology.applicable import not_applicable
from harness.topology.given_codes import heard
from harness.topology.interpreter import EncodedBefore, Observer, Trace
from harness.topology.model import Topology
from harness.topology.setup import Setup, inputs, run_setup


def explain_on(
    speech: Utterance, other: Utterance, suspect: Setup, reference: Setup, codecs: dict[str, CodecSpec]
) -> Explanation:
    """Say where *suspect* diverges from *reference* on one utterance; *other* is the other speech, as in a run."""
    before: dict[str, EncodedBefore] = {}
    return explain(*(_replay(setup, codecs[setup.codec], speech, other, before) for setup in (reference, suspect)))


def _replay(
    setup: Setup, spec: CodecSpec, speech: Utterance, other: Utterance, before: dict[str, EncodedBefore]
) -> Replay:
    codec = open_codec(spec)
    if why := not_applicable(setup, codec.info):
        raise UsageInvalid(f"{setup.name} is not applicable: {why}")
    waveform, second = heard(setup, spec, speech, other)
    # Codes may be shared between setups that are fed the same samples, as in a run.
    known = before.setdefault(f"{setup.codec} {setup.path.model_dump_json()}", {})

    def run(observe: Observer | None, leave_out: frozenset[int] = frozenset()) -> Trace:
        return run_setup(setup, codec, waveform, second, {} if leave_out else known, observe, leave_out=leave_out)

    def rewired(topology: Topology) -> Trace:
        return run_setup(setup.model_copy(update={"topology": topology}), codec, waveform, second, known)

    main, subject = inputs(setup, codec.info, waveform, second).main, Case(setup, spec, speech, other)
    return Replay(setup.name, codec.info, main, run, codec, subject, setup.topology, rewired)
