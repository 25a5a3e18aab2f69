"""The points that a search probes: a codec and how it is wired; and what all probes of one search share."""

from collections.abc import Mapping

from harness.codecs.spec import CodecSpec
from harness.record import Expectation, Frozen, Scalar
from harness.runs.suite import ScoresTable, SpeechTable
from harness.topology.model import Topology
from harness.topology.setup import Setup
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire
from harness.verdict import Tolerances


class Conditions(Frozen):
    """What all probes of a search share: speech, scores and tolerances."""

    speech: SpeechTable = SpeechTable()
    scores: ScoresTable = ScoresTable()
    tolerances: Tolerances = Tolerances()


class Point(Frozen):
    """A codec, how it is wired, and what happens to codes and samples on their way."""

    codec: CodecSpec
    topology: Topology = Topology()
    wire: Wire = Wire()
    path: SignalPath = SignalPath()

    @classmethod
    def of(cls, setup: Setup, codecs: Mapping[str, CodecSpec]) -> "Point":
        """Return the point of a suite's setup."""
        return cls(codec=codecs[setup.codec], topology=setup.topology, wire=setup.wire, path=setup.path)

    def factors(self) -> dict[str, Scalar]:
        """Return all but the codec as dotted factors."""
        return self.topology.factors() | self.wire.factors() | self.path.factors()

    def setup(self, name: str, reference: str) -> Setup:
        """Return this point as a setup of a suite, held against *reference*."""
        return Setup(
            name=name,
            codec=self.codec.name,
            topology_name=name,
            topology=self.topology,
            wire=self.wire,
            path=self.path,
            expectation=Expectation(),
            expectation_given=True,
            reference=reference,
        )
