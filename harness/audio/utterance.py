"""One piece of reference speech: where its audio is, which part of the file it is, and the words that are said."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from harness.audio.waveform import LARGEST_FILE, Channels, Waveform, read
from harness.errors import SpeechInvalid
from harness.files import given
from harness.files.arrays import read_array

NO_RECORDING = "there is no recording of it, only codes"
NEAR_THE_END = 0.010  # s; a stated duration is rounded, and what ends so close to the file's end ends there


def in_one_line(transcript: str) -> str:
    """Return *transcript* with one blank between words: a recogniser finds line breaks and gaps unlikely to be said."""
    return " ".join(transcript.split())


@dataclass(frozen=True)
class CodesFile:
    """
    Codes of an utterance in a .npy file, for a decoder alone.

    sha256 : of the file, where the manifest states it
    bins, frame_rate : what one code may be (0 to bins - 1), and frames a second, where the manifest states them
    """

    path: Path
    sha256: str | None = None
    bins: int | None = None
    frame_rate: float | None = None


@dataclass(frozen=True)
class Utterance:
    """
    One piece of reference speech. The audio is read when asked for, and checked then.

    sha256 : of the file, where a manifest states it
    codes : where a manifest names some
    channels : what is taken of a file with several; None if it must be mono
    offset, duration : which part of the file it is, s; None for all that follows
    recorded : else there are codes alone, in the file *path*, and nothing to hold their sound against
    read_sha256 : of the audio as it was read before, which it must be whenever it is read again
    """

    id: str
    path: Path
    transcript: str
    speaker: str
    licence: str
    sha256: str | None = None
    codes: CodesFile | None = None
    channels: Channels | None = None
    offset: float = 0.0
    duration: float | None = None
    recorded: bool = True
    read_sha256: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "transcript", in_one_line(self.transcript))

    @cached_property
    def seconds(self) -> float:
        """How long it is, 0 if it is in codes that cannot be read; raises as `waveform` where it is recorded."""
        if self.recorded or self.codes is None or not self.codes.frame_rate:
            return self.waveform().seconds
        try:
            codes, _ = read_array(self.path, SpeechInvalid, wanted="a .npy file of codes (K, F)")
        except SpeechInvalid:  # the cells that need them say why
            return 0.0
        return codes.shape[-1] / self.codes.frame_rate if codes.ndim else 0.0

    def waveform(self) -> Waveform:
        """Read the audio; raise `SpeechInvalid` if it is missing, altered, unreadable, not mono, NaN or silent."""
        if not self.recorded:
            raise SpeechInvalid(f"the utterance {self.id!r}: {NO_RECORDING}; wanted file = ... in its manifest")
        if self.sha256 is not None and given.is_file(self.path):
            content = given.content(self.path, SpeechInvalid, wanted="an audio file", most=LARGEST_FILE)
            got = hashlib.sha256(content).hexdigest()
            if got != self.sha256:
                raise SpeechInvalid(
                    f"{self.path}: sha256 is {got[:12]}... but the manifest says {self.sha256[:12]}...; "
                    "restore the file, or correct the manifest if the change is meant"
                )
        waveform = self._part(read(self.path, self.channels))
        if not np.any(waveform.samples):
            raise SpeechInvalid(f"{self.path}: the audio is digital silence; wanted speech")
        if self.read_sha256 is not None and waveform.sha256() != self.read_sha256:
            raise SpeechInvalid(f"{self.path}: the audio is another than when it was read first; run it once more")
        return waveform

    def _part(self, whole: Waveform) -> Waveform:
        if not self.offset and self.duration is None:
            return whole
        end = whole.seconds if self.duration is None else self.offset + self.duration
        if self.offset >= whole.seconds or end > whole.seconds + NEAR_THE_END:
            raise SpeechInvalid(
                f"{self.path}: {whole.seconds:.3f} s long, but the manifest has {self.id!r} from {self.offset:g} s "
                f"to {end:g} s; correct offset and duration, or restore the file"
            )
        rate = whole.sample_rate
        last = None if end > whole.seconds - NEAR_THE_END else round(end * rate)
        return Waveform(whole.samples[round(self.offset * rate) : last], rate)
