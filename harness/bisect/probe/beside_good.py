"""The good end of a search, and what is held against it: traces compared as a run compares them, ready to be scored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.audio.speech import Utterance
from harness.errors import CodecFailed
from harness.metrics.metric import Depth
from harness.runs.comparing import against_references
from harness.runs.measuring import Measuring
from harness.runs.scoring import Scorer
from harness.runs.traces import Traces
from harness.runtime.pool import WorkerDied
from harness.topology.running import TraceResult
from harness.topology.setup import Case, Configuration, Setup
from harness.topology.variants import variants
from harness.verdict import OverVariants, over_variants

GOOD = "good"  # how it is called among what is measured


@dataclass(eq=False)
class BesideGood:
    """Compares what is traced with the *good* end, and scores it."""

    good: Configuration
    traces: Traces
    scorer: Scorer
    _variants: dict[str, OverVariants] = field(default_factory=dict)

    def setup(self, name: str, configuration: Configuration) -> Setup:
        """Return *configuration* by a name, held against the good end."""
        return Setup.bare(name, configuration, GOOD)

    def measuring(
        self, setups: Iterable[Setup], made: Mapping[str, TraceResult], spoken: tuple[Utterance, Utterance]
    ) -> Measuring:
        """Compare *setups* with the good end; *made* : the traces of all by name; *spoken* : speech, and the other."""
        every = [self.setup(GOOD, self.good), *setups]
        traced = against_references(
            every,
            made,
            {one.name: self.traces.info(one.configuration.codec) for one in every},
            spoken[0].waveform() if spoken[0].recorded else None,
            lambda reference, pair: self.traces.ties(reference, pair, spoken),
        )
        return Measuring(spoken[0], traced, self.scorer)

    def variants(self, spoken: tuple[Utterance, Utterance], count: int) -> OverVariants:
        """Return what the first *count* inaudible variants of an utterance make of the good end."""
        if spoken[0].id not in self._variants:
            self._variants[spoken[0].id] = self._over_variants(spoken, count)
        return self._variants[spoken[0].id]

    def _over_variants(self, spoken: tuple[Utterance, Utterance], count: int) -> OverVariants:
        plain = self.setup(GOOD, self.good)
        every = [plain, *variants(plain, count)]
        asked = [self.traces.ask(Case(one.configuration, *spoken)) for one in every]
        made: dict[str, TraceResult] = {}
        for setup, future in zip(every, asked, strict=True):
            try:
                made[setup.name] = future.result()
            except WorkerDied as death:
                made[setup.name] = CodecFailed(str(death))
        failed = {name: str(trace) for name, trace in made.items() if isinstance(trace, CodecFailed)}
        if GOOD in failed:
            return OverVariants({})
        others = [one for one in every[1:] if one.name not in failed]
        measuring = self.measuring(others, made, spoken)
        measuring.measure(Depth.WORDS)
        measured = {one.name: measuring.measured(one.name) for one in others}
        return over_variants(measuring.measured(GOOD), measured, failed)
