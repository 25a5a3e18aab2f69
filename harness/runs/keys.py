"""
Content keys: what decides a trace, a cell, and a run, as one hash each. Two cells with one key are the same cell.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from harness import verdict
from harness.audio.speech import CodesFile, Utterance
from harness.audio.waveform import Samples, Waveform
from harness.codecs.identity import Described
from harness.codecs.protocol import CodecInfo, Codes
from harness.errors import SpeechInvalid
from harness.files.arrays import LARGEST
from harness.files.given import content as content_of
from harness.runs import comparing
from harness.runs.suite import Suite
from harness.runtime.store import content_key
from harness.topology import variants
from harness.topology.interpreter import planned
from harness.topology.plan import Decode, Encode
from harness.topology.running import Inputs, inputs
from harness.topology.setup import Case, Configuration, Setup

MEASURES = 1  # raise it when a measurement changes meaning, so that no older cell is read back as a newer one

TRACES = 1  # raise it when the same inputs come to another trace


def interfering(utterances: list[Utterance]) -> list[Utterance]:
    """Return for each utterance the other speech that interferes: the next one (itself, if it is the only one)."""
    return utterances[1:] + utterances[:1]


def trace_key(
    case: Case,
    info: CodecInfo,
    code: str,
    codes: tuple[Codes, Codes] | None,
    read: Callable[[Utterance], Waveform],
) -> str:
    """
    Return the hash of all that decides what comes of *case*, whose codec declares *info* and has this *code*.

    codes : of a decoder alone, those that it is given of the utterance and of the other speech
    read : reads the speech
    """
    topology = case.configuration.topology
    given, main, other = _given(case, info, codes, read)
    steps = planned(topology, len(given.main) // info.frame_size, given.prior_frames, given.wire)
    streams = {step.stream for step in steps if isinstance(step, Encode | Decode)}
    hears_other = "other" in streams or topology.streams > 1
    return content_key(
        version=(TRACES, comparing.VERSION),
        codec=(info.fingerprint, code),
        main=main,
        other=other if hears_other else None,
        steps=hashlib.sha256(repr(steps).encode()).hexdigest(),
        wire=None if given.wire is None else given.wire.model_dump(exclude={"about"}),
    )


def _given(
    case: Case, info: CodecInfo, codes: tuple[Codes, Codes] | None, read: Callable[[Utterance], Waveform]
) -> tuple[Inputs, str, str]:
    """Return what *case* feeds its codec, with a hash of what the utterance and the other speech feed it."""
    if codes is None:
        given = inputs(case.configuration, info, read(case.speech), read(case.other))
        return given, _sha256(given.main), _sha256(given.other)
    # Which samples carry codes is a matter of each process, so the codes themselves decide.
    blank = [Waveform(np.zeros(each.shape[1] * info.frame_size, np.float32), info.sample_rate) for each in codes]
    main, other = (comparing.codes_sha256(each) for each in codes)
    return inputs(case.configuration, info, *blank), main, other


def _sha256(samples: Samples) -> str:
    return Waveform(samples, 1).sha256()


def sha256_of(utterance: Utterance) -> str:
    """Return the hash of an utterance's samples and rate, or of the codes that are all there is of it."""
    if not utterance.recorded:
        return content_key(codes=_content(utterance.codes))
    return utterance.read_sha256 or utterance.waveform().sha256()


def _content(codes: CodesFile | None) -> tuple[Any, ...]:
    """Return what decides the codes of a file: the hash of its content, and what the manifest states of it."""
    if codes is None:
        return ()
    try:
        read = content_of(codes.path, SpeechInvalid, wanted="codes", most=LARGEST)
        content = hashlib.sha256(read).hexdigest()
    except SpeechInvalid:  # then the cell fails, and says so
        content = None
    return content, codes.sha256, codes.bins, codes.frame_rate


class Keys:
    """
    The content keys of a run and of its cells.

    described : per codec that can be used, what it declares
    scorers : what decides a score beside the audio
    only : the ids of the utterances that the run covers
    """

    def __init__(
        self,
        suite: Suite,
        utterances: list[Utterance],
        described: Mapping[str, Described],
        scorers: dict[str, Any],
        only: Collection[str],
    ) -> None:
        self._audio = {u.id: sha256_of(u) for u in utterances}
        self._said = {u.id: u.transcript for u in utterances}
        self._codes = {u.id: _content(u.codes) for u in utterances}
        self._other = {u.id: other.id for u, other in zip(utterances, interfering(utterances), strict=True)}
        self._suite, self._described, self._scorers = suite, described, scorers
        self._as: dict[str, dict[str, Any]] = {}
        self.run = self._run([u.id for u in utterances if u.id in only])

    @property
    def whole(self) -> str:
        """The key of the run of all utterances, of which this one may be a part."""
        return self._run(list(self._audio))

    def _run(self, utterances: list[str]) -> str:
        setups = self._suite.setups
        return content_key(
            cells=[self.cell(setup, utterance) for setup in setups for utterance in utterances],
            names=[(setup.name, setup.reference) for setup in setups],
            utterances=utterances,
            expectations=[setup.expectation.model_dump() for setup in setups],
            tolerances=self._suite.tolerances.model_dump(),
            floors=self._suite.floors.model_dump(),
            judging=verdict.VERSION,
            **({} if self._suite.timing == verdict.TimeLimits() else {"timing": self._suite.timing.model_dump()}),
        )

    def cell(self, setup: Setup, utterance: str) -> str:
        """Return the key of one cell."""
        other = self._other[utterance]
        described = self._described.get(setup.codec)
        alone = described is not None and not described.info.encodes
        asked = self._suite.speech.variants if setup.reference == setup.name else 0
        return content_key(
            measures=(MEASURES, comparing.VERSION),
            **({"codes": (self._codes[utterance], self._codes[other])} if alone else {}),
            **({"variants": (variants.VERSION, verdict.VERSION, asked)} if asked else {}),
            setup=self._described_as(setup),
            reference=self._described_as(self._suite.setup(setup.reference)),
            speech=(self._audio[utterance], self._said[utterance], self._audio[other]),
            scorers=self._scorers,
        )

    def audio(self, utterance: str) -> str:
        """Return the hash of the utterance's samples and rate: the same speech in another container is the same."""
        return self._audio[utterance]

    def _described_as(self, setup: Setup) -> dict[str, Any]:
        if setup.name not in self._as:  # asked for by each of its cells
            self._as[setup.name] = self._description(setup.configuration)
        return self._as[setup.name]

    def _description(self, configuration: Configuration) -> dict[str, Any]:
        # Only what is not the default: a factor that a later version adds makes nothing another cell. A default that
        # changes would; MEASURES must be raised then.
        described = {
            name: part.model_dump(exclude={"about"}, exclude_defaults=True)
            for name, part in (
                ("topology", configuration.topology),
                ("wire", configuration.wire),
                ("path", configuration.path),
            )
        }
        if configuration.codec.name not in self._described:  # its cells fail, and are never kept
            return {"codec": None, "code": None} | described
        codec = self._described[configuration.codec.name]
        return {"codec": codec.info.fingerprint, "code": codec.code} | described
