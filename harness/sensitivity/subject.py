"""The setup of a suite that faults are planted into, and everything that a probe of it takes."""

import hashlib
from dataclasses import dataclass, field

from harness.audio.speech import Utterance
from harness.codecs.protocol import CodecInfo
from harness.record import Expectation, Verdict
from harness.runs.suite import Suite
from harness.sensitivity.fault import Fault
from harness.sensitivity.places import Landscape
from harness.topology import catalogue as topologies
from harness.topology.setup import Configuration, Setup


@dataclass(frozen=True)
class FaultProbe:
    """
    One fault, planted once.

    step : the number of its size; seed : of its place and of what it draws
    wiring : the topology in which it is run, by name, where it does not show in the setup itself
    """

    fault: str
    step: int
    utterance: str
    seed: int
    wiring: str = ""


@dataclass(frozen=True)
class Wired:
    """A topology in which faults may show that do not in plain use, and what the suite expects of it."""

    configuration: Configuration
    expectation: Expectation
    name: str


@dataclass(frozen=True, eq=False)
class FaultSubject:
    """
    *setup* of *suite*, whose codec declares *info* and consists of *code*.

    speech : each utterance with the other speech
    """

    suite: Suite
    setup: Setup
    info: CodecInfo
    code: str
    speech: dict[str, tuple[Utterance, Utterance]]
    _landscapes: dict[str, Landscape] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the setup is called."""
        return self.setup.name

    def landscape(self, utterance: str) -> Landscape:
        """Return where an utterance is loud."""
        if utterance not in self._landscapes:
            self._landscapes[utterance] = Landscape(self.speech[utterance][0].waveform())
        return self._landscapes[utterance]

    def obstacle(self, fault: Fault) -> str | None:
        """Return why *fault* cannot be planted here; None if it can."""
        why = fault.plant.obstacle(self.setup.configuration, self.info, fault.sizes[0])
        if why is None and fault.shows_in and not self._standard(fault):
            return "no topology in which it shows is applicable"
        return why

    def steps(self, fault: Fault) -> list[int]:
        """
        Return the numbers of the sizes of *fault* that are told apart here.

        Of several that come to the same whole frames or codebooks it is the largest: 10 ms of frames of 80 are 80.
        """
        made = [fault.plant.comes_to(size, self.info) for size in fault.sizes]
        return [step for step, one in enumerate(made) if step + 1 == len(made) or one != made[step + 1]]

    def audible_from(self, fault: Fault) -> int | None:
        """Return the number of the smallest of these sizes that every careful listener hears; None if there is none."""
        return next((step for step in self.steps(fault) if fault.heard[step] in "d!c"), None)

    def wirings(self, fault: Fault) -> list[str]:
        """Return the setups of the suite in which *fault* is looked for; [""] is this setup itself."""
        if not fault.shows_in:
            return [""]
        own = self._own()
        return sorted(own, key=lambda name: own[name].topology_name not in fault.shows_in)

    def beyond(self, fault: Fault) -> list[str]:
        """Return the standard topologies, none of the suite's, in which *fault* may show."""
        own = {one.topology_name for one in self._own().values()}
        return [name for name in self._standard(fault) if name not in own]

    def wired(self, wiring: str) -> Wired:
        """Return the setup of the suite, or the standard topology, called *wiring*."""
        own = self._own()
        if wiring in own:
            return Wired(own[wiring].configuration, own[wiring].expectation, wiring)
        entry = topologies.find(wiring)
        changed = self.setup.configuration.model_copy(update={"topology": entry.topology})
        return Wired(changed, entry.expectation, wiring)

    def planted(self, probe: FaultProbe, fault: Fault) -> tuple[Setup, Setup]:
        """Return the setup with the fault in it, and the one that it is held against."""
        place = self.landscape(probe.utterance).place(fault, probe.seed, self.info)
        size = fault.sizes[probe.step]
        told = f"{fault.name} {probe.step} {probe.wiring} {probe.seed}"

        def broken(configuration: Configuration) -> Configuration:
            return _called(fault.plant.into(configuration, fault.name, size, place), told)

        plain = self.setup.configuration
        if not probe.wiring:
            held = Setup.bare("nothing planted", plain, "nothing planted")
            return Setup.bare(told, broken(plain), held.name), held
        held = Setup.bare(f"{told} plain", broken(plain), f"{told} plain")  # as a suite holds it, fault and all
        return Setup.bare(told, broken(self.wired(probe.wiring).configuration), held.name), held

    def _own(self) -> dict[str, Setup]:
        """Return the suite's other setups of this codec that must be as good as this one."""
        plain = self.setup.configuration
        return {
            one.name: one
            for one in self.suite.setups
            if one.configuration.codec == plain.codec and one.name != self.setup.name
            if one.configuration.untouched and one.expectation.at_most is None
            if one.expectation.at_least in (Verdict.IDENTICAL, Verdict.EQUIVALENT, Verdict.ALTERED)
            if one.configuration.topology.streams == 1
        }

    def _standard(self, fault: Fault) -> list[str]:
        return [name for name in fault.shows_in if name in topologies.TOPOLOGIES]


def _called(configuration: Configuration, told: str) -> Configuration:
    """Return *configuration* with its codec under a name of its own: codecs of one name must declare the same."""
    if "fault" not in configuration.codec.options:
        return configuration
    digest = hashlib.sha256(told.encode()).hexdigest()[:8]
    codec = configuration.codec.model_copy(update={"name": f"{configuration.codec.name} {digest}"})
    return configuration.model_copy(update={"codec": codec})
