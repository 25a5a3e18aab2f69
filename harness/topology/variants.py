"""
Inaudible variants of what a codec is given: the same speech, louder or quieter by a step that nobody hears.

A codec that does not follow the waveform makes something else of each of them. What they move is what this codec and
this utterance scatter by themselves (`harness.verdict.variants`). Listeners in direct comparison begin to notice level
at 0.5 to 1 dB (Jesteadt, Wier & Green, JASA 61, 1977), five times the largest step.
"""

from collections.abc import Iterable

from harness.topology.setup import Setup

VERSION = 1  # raise it when the same number asks for other variants
STEPS = (-0.01, 0.02, -0.03, 0.04, -0.06, 0.07, -0.08, 0.09)  # dB
MOST = len(STEPS)


def variants(setup: Setup, count: int) -> list[Setup]:
    """Return *setup* given each of the first *count* variants of its input, held against *setup*."""
    return [_louder(setup, step) for step in STEPS[:count]]


def variants_of(setups: Iterable[Setup], count: int) -> dict[str, list[Setup]]:
    """Return the variants of those of *setups* that are held against themselves, by the names of these."""
    if not count:
        return {}
    return {setup.name: variants(setup, count) for setup in setups if setup.reference == setup.name}


def _louder(setup: Setup, step: float) -> Setup:
    path = setup.configuration.path
    changed = path.model_copy(update={"gain": path.gain * 10 ** (step / 20)})
    configuration = setup.configuration.model_copy(update={"path": changed})
    return Setup.bare(f"{setup.name} {step:+.2f} dB", configuration, setup.name)
