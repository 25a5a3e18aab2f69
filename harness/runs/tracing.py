"""
What codecs make of speech, in a worker process: one case, or a whole group of setups and what they are held against.

A *group* is an utterance and all setups that references tie together, so that encoding is shared and every comparison
is at hand. Each setup is held against its own reference, also one that is the reference of others: no other group can
compare it with anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from harness.audio.speech import Utterance
from harness.codecs.opening import open_codec
from harness.codecs.ownership import Returned
from harness.codecs.protocol import CodecInfo
from harness.codecs.sealed import SealedCodec, differing
from harness.errors import CodecFailed, HarnessError, TriedAgain
from harness.record import Measurements
from harness.runs.comparing import Traced, against_references, ties
from harness.runs.timing import PeakMemory
from harness.runtime.calls import on_behalf_of
from harness.runtime.pool import ProcessSpoilt
from harness.runtime.text import told
from harness.topology.given_codes import heard
from harness.topology.running import CodesMade, TraceResult, run_configuration
from harness.topology.setup import Case, Configuration, Setup
from harness.topology.trace import Trace


@dataclass(frozen=True)
class Group:
    """
    *utterance* through *setups*, among them the reference of each; *other* is the other speech.

    beside : names of setups that are here as references only; another group tells of them
    declared : what each codec has declared before, which it must declare in every process
    failed : setups that are known to fail, and why; made : traces that are there already; neither is run
    retried : it was run before, in a process that an earlier codec may have broken
    """

    utterance: Utterance
    other: Utterance
    setups: tuple[Setup, ...]
    beside: frozenset[str] = frozenset()
    declared: Mapping[str, CodecInfo] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, Trace] = field(default_factory=dict)
    retried: bool = False

    @property
    def resources(self) -> dict[str, float]:
        """What a worker must offer to run it: the most that one of its codecs needs of each."""
        needed: dict[str, float] = {}
        for setup in self.setups:
            for name, least in setup.configuration.codec.resources.items():
                needed[name] = max(least, needed.get(name, 0.0))
        return needed

    def case(self, setup: Setup) -> Case:
        """Return what is run of *setup*."""
        return Case(setup.configuration, self.utterance, self.other)


ENCODED = CodesMade(64)  # in each worker process: what all cases that it runs one by one encode alike is encoded once


def trace_case(case: Case, *, anew: bool = False, encoded: CodesMade = ENCODED) -> TraceResult:
    """Run *case*, with codes that this process has *encoded* unless *anew*."""
    codec = open_codec(case.configuration.codec)
    before = {} if anew else encoded.of(case)
    try:
        return run_configuration(case.configuration, codec, *heard(case), before)
    except CodecFailed as error:
        return error


def trace(group: Group) -> list[Traced]:
    """
    Run *group*; a setup whose codec fails is returned as failed, the others are not touched by it.

    Raises `ProcessSpoilt` for an error that nobody expected: codecs share a process, and may change anything in it.
    """
    try:
        return _traced(group)
    except HarnessError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken process may raise anything
        raise ProcessSpoilt(f"could not measure what the codec did: {told(error)}", "the harness") from None


def _traced(group: Group) -> list[Traced]:
    read = lru_cache(maxsize=2)(Utterance.waveform)  # its speech and the other: each file is read once
    speech = read(group.utterance) if group.utterance.recorded else None
    encoded = CodesMade(len(group.setups))  # equal steps encode equal samples
    traces: dict[str, TraceResult] = dict(group.made)
    infos = {setup.name: group.declared[setup.codec] for setup in group.setups if setup.name in traces}
    returned: dict[str, Returned] = {}
    for setup in group.setups:
        if setup.name in group.made:
            continue
        on_behalf_of(setup.name)
        try:
            codec = _codec(group, setup)
            infos[setup.name] = codec.info
            returned[setup.name] = Returned(codec)
            case = group.case(setup)
            before = encoded.of(case)
            peak = PeakMemory()
            with np.errstate():  # a codec may change for the whole process what numpy does about an overflow
                spoken = heard(case, lambda one: replace(read(one), samples=read(one).samples.copy()))
                made = run_configuration(setup.configuration, codec, *spoken, before, returned=returned[setup.name])
            traces[setup.name] = replace(made, peak_memory=peak.so_far())
        except CodecFailed as error:
            traces[setup.name] = error
    on_behalf_of("")
    for name, kept in returned.items():  # what was sound after its own setup may have been changed by a later one
        if isinstance(traces[name], Trace) and (said := kept.changed()):
            traces[name] = CodecFailed(said)

    def ask(reference: Configuration, pair: tuple[Trace, Trace]) -> Measurements:
        return ties(reference, pair, (group.utterance, group.other))

    return against_references(group.setups, traces, infos, speech, ask)


def _codec(group: Group, setup: Setup) -> SealedCodec:
    """Return the codec of *setup*; raise `CodecFailed` if that is known to fail, or it is not what it was before."""
    if (known := group.failed.get(setup.name)) is not None:
        raise CodecFailed(known)
    try:
        codec = open_codec(setup.configuration.codec)
    except HarnessError as error:
        raise CodecFailed(str(error)) from None
    declared = group.declared.get(setup.codec, codec.info)
    if (said := differing(declared, codec.info)) is not None:
        raise TriedAgain(f"in two processes, {said}")
    return codec
