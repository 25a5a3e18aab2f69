"""A configuration: a codec, a topology, a wire and a signal path; by name, a setup; with an utterance, a case."""

from dataclasses import dataclass

from harness.audio.speech import Utterance
from harness.codecs.spec import CodecSpec
from harness.record import Expectation, Frozen, Scalar
from harness.topology.model import Topology
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire


class Configuration(Frozen):
    """A codec, how it is wired, and what happens to codes and samples on their way."""

    codec: CodecSpec
    topology: Topology = Topology()
    wire: Wire = Wire()
    path: SignalPath = SignalPath()

    @property
    def untouched(self) -> bool:
        """Whether neither the wire nor the signal path does anything."""
        return self.wire.fault == "none" and self.path.factors() == SignalPath().factors()

    def factors(self) -> dict[str, Scalar]:
        """Return all but the codec as dotted factors: `topology.*`, `wire.*` and `path.*`."""
        return self.topology.factors() | self.wire.factors() | self.path.factors()


class Setup(Frozen):
    """A configuration by name, and what it is held against."""

    name: str
    topology_name: str
    configuration: Configuration
    expectation: Expectation
    expectation_given: bool  # stated in the suite, rather than taken from the standard topology
    reference: str

    @classmethod
    def bare(cls, name: str, configuration: Configuration, reference: str) -> "Setup":
        """Return a setup of which nothing is expected."""
        return cls(
            name=name,
            topology_name=name,
            configuration=configuration,
            expectation=Expectation(),
            expectation_given=True,
            reference=reference,
        )

    @property
    def codec(self) -> str:
        """What its suite calls its codec."""
        return self.configuration.codec.name


@dataclass(frozen=True)
class Case:
    """A configuration on one utterance, as another process can run it; *other* is the other speech."""

    configuration: Configuration
    speech: Utterance
    other: Utterance

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that speech and other speech are in, and those of codes that are given with them."""
        return tuple(f"{one.path} {one.codes}" for one in (self.speech, self.other))
