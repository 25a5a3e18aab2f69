"""
The codec under test with the speech it is tested on: what the laws are functions of.

`Subject` makes calls into the codec and checks each returned value against the declaration; a call that raises or
breaks its word becomes a `CodecFailed`. The reference is always the plainest use: a fresh instance for each side,
frame by frame, once. It is computed when first asked for and then kept.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from harness.audio.speech import Utterance, load
from harness.audio.waveform import Samples, resample
from harness.check.finding import Violation, codes_trouble, joined, pcm_trouble
from harness.check.laws.repeating import CLEARED, EMPTIED, RepeatedSpeech
from harness.codecs.optional import Closes
from harness.codecs.protocol import Codec, CodecInfo, Codes, Instance, OfflineCodec, Side, with_rest
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.codecs.sealed import SealedCodec, sealed
from harness.codecs.spec import CodecSpec
from harness.codecs.ties import NOISE, noisy, plain_codes, tied
from harness.errors import CodecFailed, NotOffered, SpeechInvalid
from harness.record import Measurement
from harness.runtime.resources import fixture
from harness.topology.given_codes import handed

LEAST, MOST = 40, 100  # frames of each stream in most laws; faults that begin with a later call are not seen in them
SECONDS = 1.6  # of speech in most laws, where that is between
PLAIN = 48  # frames of the plain stream at least
EMBEDDED = "heart-long"  # the utterance under test where none is given
ROWS = 8  # the most streams in a batch
MARGIN = 8  # frames beyond the declared context
LATE = 16  # frames that are compared at the end of a long stream
MINUTES = 0.5  # of the law of long streams, unless more are asked for
STEADY = 10.0  # s; the least that a codec with state is followed
LONGEST = 30.0  # s; a context beyond it is not exhausted by a check that has to be quick, and the card says so


class Subject:
    """
    A codec, the speech *main* under test and *other* speech, both float32 at the codec's rate, repeated if too short.

    The second half of the long stream repeats the first, so that equal speech can be compared early and late. The
    streams `row-2`, `row-3`, ... are other speech begun elsewhere, for rows of a batch.

    frames : how many frames of each stream most laws use; by default as many as `usual_frames` says
    longest : seconds of the longest stream, but for `minutes` of the law of long streams
    position : a frame up to which the law of long streams moves the state, instead of playing a stream
    reset_first : whether each instance is reset when it is opened, because it would find what others have left
    journal : a file that what is measured on the way is written to, for whoever finds this process dead
    notes : what the law that is checked has to say although it is kept; emptied before each law
    measured : what it measured, if that is a number; likewise
    """

    def __init__(
        self, codec: Codec, main: Samples, other: Samples, frames: int | None = None, longest: float = LONGEST
    ) -> None:
        codec = sealed(codec)
        self.codec = codec
        self.frames = usual_frames(codec.info) if frames is None else frames
        self.longest = longest
        self.minutes = MINUTES
        self.position: int | None = None
        self.journal: Path | None = None
        self.reset_first = False
        self.notes: list[str] = []
        self.measured: Measurement | None = None
        self.closes = True  # as long as no instance was seen
        self._noisy: dict[tuple[str, int, int], Codes] = {}
        self._others: dict[str, tuple[Codes, Samples]] = {}
        size = codec.info.frame_size
        if len(main) < size or len(other) < size:
            raise SpeechInvalid(f"the checks need frames of {size} samples, got speech of {len(main)} and {len(other)}")
        once = max(self.plain_frames, -(-self.long_frames // 2))
        main, other = np.resize(np.resize(main, once * size), self.long_frames * size), np.resize(other, 2 * len(other))
        self._streams = {"main": main, "other": np.resize(other, self.frames * size)}
        for row in range(2, ROWS):
            self._streams[f"row-{row}"] = np.resize(other[row * len(other) // (2 * ROWS) :], self.frames * size)

    @property
    def info(self) -> CodecInfo:
        """What the codec declares."""
        return self.codec.info

    @property
    def promises_not(self) -> Mapping[str, str]:
        """The laws that the codec declares not to promise, with its reasons."""
        return self.codec.promises_not

    @property
    def few(self) -> int:
        """Frames that are enough where the first ones tell, and each costs more than elsewhere."""
        return min(LATE, self.frames)

    @property
    def plain_frames(self) -> int:
        """Frames of the plain stream that most laws compare with."""
        return max(self.frames, PLAIN)

    @property
    def long_frames(self) -> int:
        """Frames in a stream that is longer than the declared context, or as long as is affordable if that is less."""
        if not self.info.stateful:
            return self.plain_frames
        affordable, context = int(self.longest / self.info.frame_seconds), self.info.context
        wanted = max(int(STEADY / self.info.frame_seconds), context * 5 // 4 + MARGIN) if context is not None else None
        return max(self.plain_frames, affordable if wanted is None else min(affordable, wanted))

    @property
    def late(self) -> int:
        """The frame from which on the last ones of the long stream are compared."""
        return self.long_frames - self.few

    @property
    def covered(self) -> str:
        """How much of a stream the laws see, in words."""

        def length(frames: int) -> str:
            return f"{frames} frames ({frames * self.info.frame_seconds:.1f} s)"

        return f"{length(self.frames)} in most laws, {length(self.long_frames)} in those of long streams"

    def speech(self, start: int, stop: int, stream: str = "main") -> Samples:
        """Return a copy of the frames start to stop of a stream."""
        size = self.info.frame_size
        return self._streams[stream][start * size : stop * size].copy()

    def warm_up(self) -> None:
        """Use an instance, so that those of the reference are not the first of their process."""
        self.coded(self.speech(0, 1))

    def digest(self, stream: str) -> str:
        """
        Return a digest of the codes and the PCM of a stream on one fresh instance, decoding what it encoded.

        stream : `CLEARED` for the main one on an instance that is reset first, `EMPTIED` for none on such a one
        """
        instance, digest = self.open(), hashlib.sha256()
        if stream in (CLEARED, EMPTIED):
            self.reset(instance, Side.BOTH)
        if stream == EMPTIED:
            return ""
        if stream == CLEARED:
            stream = "main"
        for frame in range(self.few):
            where, pcm = f"frame {frame}", self.speech(frame, frame + 1, stream)
            codes = guarded(where, lambda pcm=pcm: np.array(instance.encode(pcm)))  # type: ignore[misc]
            digest.update(codes.tobytes())
            digest.update(guarded(where, lambda codes=codes: np.array(instance.decode(codes))).tobytes())  # type: ignore[misc]
        return digest.hexdigest()

    def heard(self, *, behind_its_half: bool) -> RepeatedSpeech:
        """Return what fresh instances give of a few frames of the other speech, behind its second half alone or not."""
        half = self.few // 2
        if behind_its_half:
            self.encode(self.open(), half, self.few, stream="other")
        codes = self.encode(self.open(), 0, self.few, stream="other")
        if behind_its_half:
            self._decoded_alone(codes[:, half:])
        return RepeatedSpeech(codes, self._decoded_alone(codes))

    def _decoded_alone(self, codes: Codes) -> Samples:
        instance, frames = self.open(), range(codes.shape[1])
        parts = [guarded("decode", lambda at=at: instance.decode(codes[:, at : at + 1].copy())) for at in frames]  # type: ignore[misc]
        return checked_pcm(np.concatenate(parts), self.info, 0, len(frames), "decode")

    def heard_at_first(self) -> RepeatedSpeech:
        """Return the same as it is in the references, which fresh instances gave in order."""
        codes = self.other_codes()[:, : self.few]
        return RepeatedSpeech(codes, self.other_pcm()[: self.few * self.info.frame_size - self.info.start_up])

    def left_over(self) -> str | None:
        """Say how a plain stream on fresh instances is not any more what it was at first; None if it is the same."""
        try:
            trouble = joined(
                self.codes_off(self.encode(self.open(), 0, self.few), "a plain stream, run again,"),
                self.pcm_off(self.decode(self.open(), 0, self.few), "a plain stream, run again,"),
            )
        except CodecFailed as error:
            full = str(error).startswith("open") and not self.closes
            kept = "; its instances have no close() by which they could give a place back" * full
            return f"a plain stream on fresh instances, which worked at first, fails now: {error}{kept}"
        return f"a plain stream on fresh instances is not what it was at first: {trouble.words}" if trouble else None

    @cached_property
    def codes(self) -> Codes:
        """The codes of the plain main stream, frame by frame on a fresh instance."""
        return self.encode(self.open(), 0, self.plain_frames)

    @cached_property
    def pcm(self) -> Samples:
        """The PCM decoded from `codes`, frame by frame on a fresh instance."""
        if self.has_room_for_one:
            _ = self.codes  # on an instance that is gone then
        return self.decode(self.open(), 0, self.plain_frames)

    @property
    def has_room_for_one(self) -> bool:
        """Of others, the very first instance of the process decodes, if this is asked first: it may be unlike all."""
        return self.codec.room.capacity == 1

    @cached_property
    def long_codes(self) -> Codes:
        """As `codes`, of the long stream, which only the laws about the context need."""
        return self.encode(self.open(), 0, self.long_frames)

    @cached_property
    def long_pcm(self) -> Samples:
        """As `pcm`, of the long stream."""
        if self.has_room_for_one:
            _ = self.long_codes
        return self.decode(self.open(), 0, self.long_frames)

    def other_codes(self, stream: str = "other") -> Codes:
        """The codes of a stream that is not the main one, frame by frame on a fresh instance."""
        if stream not in self._others:
            codes = self.encode(self.open(), 0, self.frames, stream=stream)
            self._others[stream] = codes, np.zeros(0, np.float32)  # decoding looks them up
            self._others[stream] = codes, self.decode(self.open(), 0, self.frames, stream=stream)
        return self._others[stream][0]

    def other_pcm(self, stream: str = "other") -> Samples:
        """The PCM decoded from `other_codes`, frame by frame on a fresh instance."""
        self.other_codes(stream)
        return self._others[stream][1]

    def open(self) -> Instance:
        """Open a fresh instance."""
        instance = guarded("open", self.codec.open)
        self.closes = isinstance(instance, Closes)
        if self.reset_first:
            self.reset(instance, Side.BOTH)
        return instance

    def clone(self, instance: Instance) -> Instance:
        """Clone an instance."""
        return guarded("clone", instance.clone)

    def reset(self, instance: Instance, side: Side) -> None:
        """Reset a side of an instance."""
        guarded(f"reset({side})", lambda: instance.reset(side))

    def encode(self, instance: Instance, start: int, stop: int, chunk: int = 1, stream: str = "main") -> Codes:
        """Encode frames start to stop of a stream, *chunk* frames to a call; return checked codes."""
        parts: list[Codes] = [np.zeros((self.info.codebooks, 0), dtype=self.info.codes_type)]
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

    def need_no_reset(self) -> None:
        """Raise `NotOffered` if what a call outside a stream finds would have to be reset first, which it cannot be."""
        if self.reset_first:
            raise NotOffered("instances had to be reset first, and a call without a stream cannot be")

    def offline_codes(self, frames: int) -> Codes | None:
        """Encode the first *frames* frames outside streaming; None if the codec has no offline calls."""
        codec = self.codec
        if not isinstance(codec, OfflineCodec):
            return None
        self.need_no_reset()
        codes = guarded("encode_offline", lambda: codec.encode_offline(self.speech(0, frames)))
        return checked_codes(codes, self.info, frames, "encode_offline")

    def offline_pcm(self, frames: int) -> Samples | None:
        """Decode the reference codes of the first *frames* frames outside streaming; None if it has no such calls."""
        codec = self.codec
        if not isinstance(codec, OfflineCodec):
            return None
        self.need_no_reset()
        pcm = guarded("decode_offline", lambda: codec.decode_offline(self._codes("main", frames)[:, :frames].copy()))
        return self.as_streamed(checked_pcm(pcm, self.info, 0, frames, "decode_offline"))

    def as_streamed(self, whole: Samples) -> Samples:
        """Return *whole*, which begins with what a stream holds back at first, as a stream gives it: so much later."""
        return np.concatenate([np.zeros(self.info.start_up, np.float32), whole])[: len(whole)]

    def dirty(self, frames: int | None = None) -> Instance:
        """Return an instance that has encoded and decoded the other speech, or its first *frames* frames."""
        instance, used = self.open(), self.frames if frames is None else frames
        self.encode(instance, 0, used, stream="other")
        self.decode(instance, 0, used, stream="other")
        return instance

    def aged(self) -> Instance:
        """Return an instance that has encoded and decoded the main stream as far as `late`."""
        instance = self.open()
        self.encode(instance, 0, self.late)
        self.decode(instance, 0, self.late)
        return instance

    def each_that_fits(self, looks: Mapping[str, Callable[[], Violation | None]]) -> Violation | None:
        """
        Return the first trouble of *looks*, by what each needs; what the codec has no room for is noted.

        Raises `NotOffered` if it has no room for any of them.
        """
        lacking: list[NotOffered] = []
        for needs, look in looks.items():
            try:
                if trouble := look():
                    return trouble
            except NotOffered as error:
                lacking.append(error)
                self.notes.append(f"not with {needs}: {error}")
        if len(lacking) == len(looks):
            raise lacking[0]
        return None

    def disturb(self, instance: Instance, frame: int) -> None:
        """Encode and decode a frame of the other speech, another one for each *frame*; what comes out is not asked."""
        at = frame % self.frames
        self.encode(instance, at, at + 1, stream="other")
        self.decode(instance, at, at + 1, stream="other")

    def codes_off(
        self, got: Codes, who: str, first: int = 0, stream: str = "main", *, regrouped: bool = False
    ) -> Violation | None:
        """Compare codes of a stream, from frame *first* on, with the reference; *regrouped* forgives rounding."""
        last = first + got.shape[1]
        expected = self._codes(stream, last)[:, first:last]
        if self.info.continuous:
            return codes_trouble(expected, got, who, first, self.info.latent_tolerance or 0.0 if regrouped else 0.0)
        if regrouped and self.info.tolerance and (expected != got).any():
            ties = tied(expected, got, lambda run: self.noisy_codes(stream, last, run)[:, first:])
            if ties:
                frames = ", ".join(str(first + frame) for frame in ties)
                self.notes.append(
                    f"codes of {who} differ in frame {frames}, where they are ties: with inaudible noise ({NOISE:.0e}) "
                    "the codec gives now these, now those"
                )
                got = got.copy()
                got[:, ties] = expected[:, ties]
        return codes_trouble(expected, got, who, first)

    def noisy_codes(self, stream: str, frames: int, run: int) -> Codes:
        """Encode the first *frames* frames of a stream with inaudible noise, in the cheapest kind of calls."""
        if (stream, frames, run) not in self._noisy:
            pcm = noisy(self.speech(0, frames, stream), run)
            codes = guarded("encode of speech with noise", lambda: plain_codes(self.codec, pcm))
            self._noisy[stream, frames, run] = checked_codes(codes, self.info, frames, "encode of speech with noise")
        return self._noisy[stream, frames, run]

    def _framewise(self, pcm: Samples) -> Codes:
        instance, size = self.open(), self.info.frame_size
        pieces = [pcm[start : start + size].copy() for start in range(0, len(pcm), size)]
        return guarded("encode", lambda: np.concatenate([instance.encode(one) for one in pieces], axis=1))

    def coded(self, pcm: Samples) -> tuple[Codes, Samples]:
        """Return the codes of whole frames of any signal, and the PCM of these, frame by frame on fresh instances."""
        frames = len(pcm) // self.info.frame_size
        codes = checked_codes(self._framewise(pcm), self.info, frames, "encode")
        return codes, self.decoded(codes)

    def decoded(self, codes: Codes) -> Samples:
        """Return the PCM of any codes, frame by frame on a fresh instance, with what it holds back."""
        instance, frames = self.open(), codes.shape[1]
        pieces = [codes[:, frame : frame + 1].copy() for frame in range(frames)]
        heard = guarded("decode", lambda: with_rest([instance.decode(one) for one in pieces], instance, self.info))
        return checked_pcm(heard, self.info, 0, frames, "decode")

    def reference_codes(self, frames: int) -> Codes:
        """Return the codes of the first *frames* frames of the main stream."""
        return self._codes("main", frames)[:, :frames]

    def reference_pcm(self, frames: int) -> Samples:
        """Return the PCM of the first *frames* frames of the main stream."""
        return (self.pcm if frames <= self.plain_frames else self.long_pcm)[: frames * self.info.frame_size]

    def pcm_off(
        self, got: Samples, who: str, first: int = 0, stream: str = "main", tolerance: float = 0.0
    ) -> Violation | None:
        """Compare PCM of a stream, from frame *first* on, with the reference."""
        begin = first * self.info.frame_size
        source = self.pcm if begin + len(got) <= len(self.pcm) else self.long_pcm
        source = source if stream == "main" else self.other_pcm(stream)
        return pcm_trouble(source[begin : begin + len(got)], got, self.info, who, first, tolerance)

    def codes_of(self, stream: str, start: int, stop: int) -> Codes:
        """Return a copy of the reference codes of the frames start to stop of a stream."""
        return self._codes(stream, stop)[:, start:stop].copy()

    def _codes(self, stream: str, frames: int) -> Codes:
        if stream != "main":
            return self.other_codes(stream)
        return self.codes if frames <= self.plain_frames else self.long_codes

    def stream_off(self, instance: Instance, start: int, stop: int, who: str, stream: str = "main") -> Violation | None:
        """Encode and decode frames start to stop in turn; return the first trouble against the reference."""
        codes, pcm = [], []
        for frame in range(start, stop):
            codes.append(self.encode(instance, frame, frame + 1, stream=stream))
            pcm.append(self.decode(instance, frame, frame + 1, stream=stream))
        return joined(
            self.codes_off(np.concatenate(codes, axis=1), who, start, stream),
            self.pcm_off(np.concatenate(pcm), who, start, stream),
        )


def usual_frames(info: CodecInfo) -> int:
    """Return how many frames most laws see: 1.6 s within bounds, or the declared context and a margin if that fits."""
    least = min(max(LEAST, round(SECONDS / info.frame_seconds)), MOST)
    wanted = (info.context or 0) + MARGIN
    return wanted if least < wanted <= MOST else least


def subject(
    codec: Codec,
    utterances: list[Utterance] | None = None,
    frames: int | None = None,
    longest: float = LONGEST,
    codes_from: CodecSpec | None = None,
) -> Subject:
    """
    Return *codec* with speech: the first of *utterances* is under test, the second is the other speech.

    Without utterances, the longest embedded one and one of another voice.
    codes_from : makes the codes of a decoder alone; None if the utterances have them in files
    """
    if utterances is None:
        embedded = {utterance.id: utterance for utterance in load(fixture("speech"))}
        utterances = [embedded[EMBEDDED], embedded["rms-01"]]
    if len(utterances) < 2:
        raise SpeechInvalid("the checks need two utterances: one under test, and other speech; got fewer")
    codec = sealed(codec)
    main, other = (_given(utterance, codec, codes_from) for utterance in utterances[:2])
    return Subject(codec, main, other, frames, longest)


def encoder_of(adapter: str | None) -> CodecSpec | None:
    """Return the codec of *adapter*, with no options, whose encoder makes codes; None for None."""
    return None if adapter is None else CodecSpec(name=adapter, adapter=adapter, options={})


def _given(utterance: Utterance, codec: SealedCodec, codes_from: CodecSpec | None) -> Samples:
    info = codec.info
    if info.encodes:
        return speech_of(utterance, info)
    carrier = handed(utterance, codec, codes_from).samples  # of codes, from the frame before the first loud one on
    if not utterance.recorded:
        return carrier
    return carrier[_loud(utterance, info)[1] // info.frame_size * info.frame_size :]


def speech_of(utterance: Utterance, info: CodecInfo) -> Samples:
    """Return the samples of an utterance at the rate of a codec, from half a frame before the first loud one on."""
    samples, begin = _loud(utterance, info)
    return np.ascontiguousarray(samples[begin:])


def _loud(utterance: Utterance, info: CodecInfo) -> tuple[Samples, int]:
    """Return the samples of an utterance at the rate of a codec, and where they are half a frame from being loud."""
    samples = resample(utterance.waveform(), info.sample_rate).samples
    if not samples.any():
        raise SpeechInvalid(f"{utterance.id}: it is silent; the checks need speech")
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())[0]
    return samples, max(0, int(loud) - info.frame_size // 2)
