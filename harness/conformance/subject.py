"""
The codec under test with the speech it is tested on: what the laws are functions of.

`Subject` makes calls into the codec and checks each returned value against the declaration; a call that raises or
breaks its word becomes a `CodecFailed`. The reference is always the plainest use: a fresh instance for each side,
frame by frame, once. It is computed when first asked for and then kept.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from harness.audio import Samples, resample
from harness.capabilities import Modest
from harness.codec import Codec, CodecInfo, Codes, Instance, OfflineCodec, Side
from harness.conformance.finding import Trouble, codes_trouble, joined, pcm_trouble
from harness.conformance.ties import NOISE, noisy, tied
from harness.errors import SpeechInvalid
from harness.execution import checked_codes, checked_pcm, guarded
from harness.resources import fixture
from harness.speech import Utterance, load

FRAMES = 16  # of each stream in most laws: a wrong past is heard in the first frames, if at all
LONGEST = 30.0  # s; a context beyond it is not exhausted by a check that has to be quick, and the finding says so


class Subject:
    """
    A codec, the speech *main* under test and *other* speech, both float32 at the codec's rate, repeated if too short.

    frames : how many frames of each stream most laws use
    notes : what the law that is checked has to say although it is kept; emptied before each law
    """

    def __init__(self, codec: Codec, main: Samples, other: Samples, frames: int = FRAMES) -> None:
        self.codec = codec
        self.frames = frames
        self.notes: list[str] = []
        self._noisy: dict[tuple[str, int, int], Codes] = {}
        size = codec.info.frame_size
        if len(main) < size or len(other) < size:
            raise SpeechInvalid(f"the checks need frames of {size} samples, got speech of {len(main)} and {len(other)}")
        main, other = np.resize(main, self.long_frames * size), np.resize(other, frames * size)
        self._streams = {"main": main, "other": other}

    @property
    def info(self) -> CodecInfo:
        """What the codec declares."""
        return self.codec.info

    @property
    def promises_not(self) -> Mapping[str, str]:
        """The laws that the codec declares not to promise, with its reasons."""
        return self.codec.promises_not if isinstance(self.codec, Modest) else {}

    @property
    def plain_frames(self) -> int:
        """Frames of the plain stream that most laws compare with."""
        return 3 * self.frames

    @property
    def long_frames(self) -> int:
        """Frames in a stream that is longer than the declared context, or as long as is affordable if that is less."""
        affordable = int(LONGEST / self.info.frame_seconds)
        context = self.info.context
        if context is None and self.info.stateful:
            return max(self.plain_frames, affordable)
        return max(self.plain_frames, min(affordable, context * 5 // 4 + 8 if context else 0))

    def speech(self, start: int, stop: int, stream: str = "main") -> Samples:
        """Return a copy of the frames start to stop of a stream."""
        size = self.info.frame_size
        return self._streams[stream][start * size : stop * size].copy()

    @cached_property
    def codes(self) -> Codes:
        """The codes of the plain main stream, frame by frame on a fresh instance."""
        return self.encode(self.open(), 0, self.plain_frames)

    @cached_property
    def pcm(self) -> Samples:
        """The PCM decoded from `codes`, frame by frame on a fresh instance."""
        return self.decode(self.open(), 0, self.plain_frames)

    @cached_property
    def long_codes(self) -> Codes:
        """As `codes`, of the long stream, which only the laws about the context need."""
        return self.encode(self.open(), 0, self.long_frames)

    @cached_property
    def long_pcm(self) -> Samples:
        """As `pcm`, of the long stream."""
        return self.decode(self.open(), 0, self.long_frames)

    @cached_property
    def other_codes(self) -> Codes:
        """The codes of the other stream, frame by frame on a fresh instance."""
        return self.encode(self.open(), 0, self.frames, stream="other")

    @cached_property
    def other_pcm(self) -> Samples:
        """The PCM decoded from `other_codes`, frame by frame on a fresh instance."""
        return self.decode(self.open(), 0, self.frames, stream="other")

    def open(self) -> Instance:
        """Open a fresh instance."""
        return guarded("open", self.codec.open)

    def clone(self, instance: Instance) -> Instance:
        """Clone an instance."""
        return guarded("clone", instance.clone)

    def reset(self, instance: Instance, side: Side) -> None:
        """Reset a side of an instance."""
        guarded(f"reset({side})", lambda: instance.reset(side))

    def encode(self, instance: Instance, start: int, stop: int, chunk: int = 1, stream: str = "main") -> Codes:
        """Encode frames start to stop of a stream, *chunk* frames to a call; return checked codes."""
        parts: list[Codes] = [np.zeros((self.info.codebooks, 0), dtype=np.int64)]
        for begin in range(start, stop, chunk):
            end = min(begin + chunk, stop)
            where = f"encode of frames {begin} to {end - 1}"
            pcm = self.speech(begin, end, stream)
            codes = guarded(where, lambda pcm=pcm: instance.encode(pcm))  # type: ignore[misc]
            parts.append(checked_codes(codes, self.info, end - begin, where))
        return np.concatenate(parts, axis=1)

    def decode(self, instance: Instance, start: int, stop: int, chunk: int = 1, stream: str = "main") -> Samples:
        """Decode the reference codes of frames start to stop of a stream, *chunk* to a call; return checked PCM."""
        source = self._codes(stream, stop)
        parts: list[Samples] = [np.zeros(0, dtype=np.float32)]
        for begin in range(start, stop, chunk):
            end = min(begin + chunk, stop)
            where = f"decode of frames {begin} to {end - 1}"
            codes = source[:, begin:end].copy()
            pcm = guarded(where, lambda codes=codes: instance.decode(codes))  # type: ignore[misc]
            parts.append(checked_pcm(pcm, self.info, begin, end - begin, where))
        return np.concatenate(parts)

    def offline_codes(self, frames: int) -> Codes | None:
        """Encode the first *frames* frames outside streaming; None if the codec has no offline calls."""
        codec = self.codec
        if not isinstance(codec, OfflineCodec):
            return None
        codes = guarded("encode_offline", lambda: codec.encode_offline(self.speech(0, frames)))
        return checked_codes(codes, self.info, frames, "encode_offline")

    def offline_pcm(self, frames: int) -> Samples | None:
        """Decode the reference codes of the first *frames* frames outside streaming; None if it has no such calls."""
        codec = self.codec
        if not isinstance(codec, OfflineCodec):
            return None
        pcm = guarded("decode_offline", lambda: codec.decode_offline(self._codes("main", frames)[:, :frames].copy()))
        return checked_pcm(pcm, self.info, 0, frames, "decode_offline")

    def dirty(self) -> Instance:
        """Return an instance that has encoded and decoded the other speech."""
        instance = self.open()
        self.encode(instance, 0, self.frames, stream="other")
        self.decode(instance, 0, self.frames, stream="other")
        return instance

    def codes_off(
        self, got: Codes, who: str, first: int = 0, stream: str = "main", *, regrouped: bool = False
    ) -> Trouble | None:
        """Compare codes of a stream, from frame *first* on, with the reference; *regrouped* forgives ties."""
        last = first + got.shape[1]
        expected = self._codes(stream, last)[:, first:last]
        if regrouped and self.info.tolerance and (expected != got).any():
            ties = tied(expected, got, lambda run: self._noisy_codes(stream, last, run)[:, first:])
            if ties:
                frames = ", ".join(str(first + frame) for frame in ties)
                self.notes.append(
                    f"codes of {who} differ in frame {frames}, where they are ties: with inaudible noise ({NOISE:.0e}) "
                    "the codec gives now these, now those"
                )
                got = got.copy()
                got[:, ties] = expected[:, ties]
        return codes_trouble(expected, got, who, first)

    def _noisy_codes(self, stream: str, frames: int, run: int) -> Codes:
        """Encode the first *frames* frames of a stream with inaudible noise, in the cheapest kind of calls."""
        if (stream, frames, run) not in self._noisy:
            pcm = noisy(self.speech(0, frames, stream), run)
            codec = self.codec
            if isinstance(codec, OfflineCodec):
                codes = guarded("encode_offline", lambda: codec.encode_offline(pcm))
            else:
                codes = self._framewise(pcm)
            self._noisy[stream, frames, run] = checked_codes(codes, self.info, frames, "encode of speech with noise")
        return self._noisy[stream, frames, run]

    def _framewise(self, pcm: Samples) -> Codes:
        instance, size = self.open(), self.info.frame_size
        pieces = [pcm[start : start + size].copy() for start in range(0, len(pcm), size)]
        return guarded("encode", lambda: np.concatenate([instance.encode(one) for one in pieces], axis=1))

    def pcm_off(
        self, got: Samples, who: str, first: int = 0, stream: str = "main", tolerance: float = 0.0
    ) -> Trouble | None:
        """Compare PCM of a stream, from frame *first* on, with the reference."""
        begin = first * self.info.frame_size
        source = self.pcm if begin + len(got) <= len(self.pcm) else self.long_pcm
        source = source if stream == "main" else self.other_pcm
        return pcm_trouble(source[begin : begin + len(got)], got, self.info, who, first, tolerance)

    def _codes(self, stream: str, frames: int) -> Codes:
        if stream == "other":
            return self.other_codes
        return self.codes if frames <= self.plain_frames else self.long_codes

    def stream_off(self, instance: Instance, start: int, stop: int, who: str, stream: str = "main") -> Trouble | None:
        """Encode and decode frames start to stop in turn; return the first trouble against the reference."""
        codes, pcm = [], []
        for frame in range(start, stop):
            codes.append(self.encode(instance, frame, frame + 1, stream=stream))
            pcm.append(self.decode(instance, frame, frame + 1, stream=stream))
        return joined(
            self.codes_off(np.concatenate(codes, axis=1), who, start, stream),
            self.pcm_off(np.concatenate(pcm), who, start, stream),
        )


def subject(codec: Codec, utterances: list[Utterance] | None = None, frames: int = FRAMES) -> Subject:
    """
    Return *codec* with speech: the first of *utterances* is under test, the second is the other speech.

    Without utterances, the longest embedded one and one of another voice.
    """
    if utterances is None:
        embedded = {utterance.id: utterance for utterance in load(fixture("speech"))}
        utterances = [embedded["heart-long"], embedded["rms-01"]]
    if len(utterances) < 2:
        raise SpeechInvalid("the checks need two utterances: one under test, and other speech; got fewer")
    main, other = (_speech(utterance, codec.info) for utterance in utterances[:2])
    return Subject(codec, main, other, frames)


def _speech(utterance: Utterance, info: CodecInfo) -> Samples:
    samples = resample(utterance.waveform(), info.sample_rate).samples
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())[0]
    return np.ascontiguousarray(samples[max(0, int(loud) - info.frame_size // 2) :])  # speech from the first frame on
