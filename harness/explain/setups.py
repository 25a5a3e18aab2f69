"""Two setups on one utterance, held side by side. Everything is handed in, so that a worker process can do it."""

from harness.audio.speech import Utterance
from harness.codecs.opening import open_codec
from harness.errors import UsageInvalid
from harness.explain.divergence import Explanation, explain
from harness.explain.replay import Replay
from harness.topology.applicable import not_applicable
from harness.topology.given_codes import heard
from harness.topology.interpreter import Observer
from harness.topology.model import Topology
from harness.topology.offered import not_offered
from harness.topology.running import CodesMade, inputs, run_configuration
from harness.topology.setup import Case, Setup
from harness.topology.trace import Trace


def explain_on(speech: Utterance, other: Utterance, suspect: Setup, reference: Setup) -> Explanation:
    """Say where *suspect* diverges from *reference* on one utterance; *other* is the other speech, as in a run."""
    before = CodesMade(2)  # codes may be shared between setups that are fed the same samples, as in a run
    return explain(
        *(_replay(setup, Case(setup.configuration, speech, other), before) for setup in (reference, suspect))
    )


def _replay(setup: Setup, case: Case, before: CodesMade) -> Replay:
    configuration = case.configuration
    codec = open_codec(configuration.codec)
    if why := not_applicable(configuration, codec.info) or not_offered(configuration.topology, codec):
        raise UsageInvalid(f"{setup.name} is not applicable: {why}")
    waveform, second = heard(case)
    known = before.of(case)

    def run(observe: Observer | None, leave_out: frozenset[int] = frozenset()) -> Trace:
        before_it = {} if leave_out else known
        return run_configuration(configuration, codec, waveform, second, before_it, observe, leave_out=leave_out)

    def rewired(topology: Topology) -> Trace:
        changed = configuration.model_copy(update={"topology": topology})
        return run_configuration(changed, codec, waveform, second, known)

    main = inputs(configuration, codec.info, waveform, second).main
    return Replay(setup.name, codec.info, main, run, codec, case, configuration.topology, rewired)
