"""
External programs that work on whole files: one run for each call.

A program keeps nothing from one run to the next, so there is no streaming state. An instance takes one call per side;
a second one is refused rather than coded as a signal of its own, which would sound like a broken codec.
"""

import os
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

import numpy as np
import soundfile

from harness.audio.blocks import Forward, read_all
from harness.audio.waveform import Samples
from harness.audio.whole_file import damage
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.command.process import Loaded, run
from harness.codecs.pcm import PcmInstance
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.errors import CodecFailed
from harness.runtime.temporary import temporary_folder

# What numpy raises of a damaged array: of its numbers, of its header, which it parses as Python, or of an archive.
UNREADABLE = (
    ValueError, EOFError, OSError, SyntaxError, TokenError, TypeError, KeyError, ArithmeticError, MemoryError,
    RecursionError, BadZipFile, NotImplementedError,
)  # fmt: skip
WAV = ("WAV", "WAVEX", "RF64")  # as libsndfile calls them
SUBTYPES = {"pcm16": "PCM_16", "float": "FLOAT"}


class FileCodec:
    """Runs a program once for each call, in a temporary folder."""

    def __init__(self, info: CodecInfo, programs: dict[str, Loaded], wav: str, slack: int, limit: float) -> None:
        self.info, self._programs, self._subtype = info, programs, SUBTYPES[wav]
        self._slack, self._limit = slack, limit

    def open(self) -> "WholeFileInstance":
        """Return an instance that takes one call per side."""
        return WholeFileInstance(self)

    def encode_whole(self, pcm: Samples) -> Codes:
        """Have the program encode a whole signal; of a round trip the codes are the samples."""
        frames = whole_frames(pcm, self.info)
        if "roundtrip" in self._programs:
            return PcmInstance(self.info).encode(pcm)
        with temporary_folder() as folder:
            source, target = Path(folder, "in.wav"), Path(folder, "out.npy")
            self._write(source, pcm)
            run(self._programs["encode"], limit=self._limit, source=source, target=target)
            return self._read_codes(target, frames)

    def decode_whole(self, codes: Codes) -> Samples:
        """Have the program decode all codes."""
        frames = whole_codes(codes, self.info)
        roundtrip = "roundtrip" in self._programs
        with temporary_folder() as folder:
            source, target = Path(folder, "in.wav" if roundtrip else "in.npy"), Path(folder, "out.wav")
            if roundtrip:
                self._write(source, PcmInstance(self.info).decode(codes))
            else:
                np.save(source, codes)
            name = "roundtrip" if roundtrip else "decode"
            run(self._programs[name], limit=self._limit, source=source, target=target)
            return self._read_wav(target, frames * self.info.frame_size)

    def _write(self, path: Path, pcm: Samples) -> None:
        soundfile.write(os.fsencode(path), pcm, self.info.sample_rate, subtype=self._subtype)

    def _read_codes(self, path: Path, frames: int) -> Codes:
        try:
            codes = np.load(path, allow_pickle=False)
        except UNREADABLE as error:
            said = " ".join(str(error).split())
            raise CodecFailed(f"command: the codes that the program wrote are no .npy array ({said})") from error
        wanted = (self.info.codebooks, frames)
        if not isinstance(codes, np.ndarray) or not np.issubdtype(codes.dtype, np.integer) or codes.shape != wanted:
            got = f"{codes.dtype} {codes.shape}" if isinstance(codes, np.ndarray) else "an archive"
            hint = "; it looks transposed" if getattr(codes, "shape", ()) == wanted[::-1] else ""
            raise CodecFailed(f"command: the program wrote codes as {got}, wanted integers {wanted} (K, F){hint}")
        return codes.astype(np.int64)

    def _read_wav(self, path: Path, wanted: int) -> Samples:
        try:
            with Forward(path) as file:
                rate, samples, kind = file.samplerate, read_all(file), file.format
                other_length = abs(len(samples) - wanted) > self._slack
                damaged = damage(path, file, len(samples)) if other_length else None
        except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError, OSError, MemoryError) as error:
            raise CodecFailed(f"command: what the program wrote is no WAV file that can be read ({error})") from error
        if kind not in WAV:
            raise CodecFailed(f"command: what the program wrote is no WAV file but {kind}")
        if rate != self.info.sample_rate or samples.shape[1] != 1:
            raise CodecFailed(
                f"command: the program wrote {samples.shape[1]} channel(s) at {rate} Hz, "
                f"wanted mono at {self.info.sample_rate} Hz"
            )
        pcm = np.zeros(wanted, np.float32)
        if damaged is not None:
            raise CodecFailed(f"command: the WAV file that the program wrote is cut off or damaged: {damaged}")
        if other_length:
            raise CodecFailed(
                f"command: the program wrote {len(samples)} samples for {wanted}, "
                f"{abs(len(samples) - wanted)} too {'many' if len(samples) > wanted else 'few'}; "
                f"if that is how it works, set slack (now {self._slack})"
            )
        kept = samples[:wanted, 0]
        pcm[: len(kept)] = kept
        return pcm


class WholeFileInstance:
    """A stream of one call: the program starts anew for each file and carries nothing over."""

    def __init__(self, codec: FileCodec) -> None:
        self._codec = codec
        self._used: set[Side] = set()

    def encode(self, pcm: Samples) -> Codes:
        """Encode the one and only signal."""
        self._once(Side.ENCODER)
        return self._codec.encode_whole(pcm)

    def decode(self, codes: Codes) -> Samples:
        """Decode the one and only array of codes."""
        self._once(Side.DECODER)
        return self._codec.decode_whole(codes)

    def reset(self, side: Side) -> None:
        """Begin a new stream on *side*."""
        self._used -= {Side.ENCODER, Side.DECODER} if side is Side.BOTH else {side}

    def clone(self) -> "WholeFileInstance":
        """Return another stream, as far along as this one."""
        copy = WholeFileInstance(self._codec)
        copy._used = set(self._used)
        return copy

    def state(self) -> State:
        """Return no arrays."""
        return {}

    def _once(self, side: Side) -> None:
        if side in self._used:
            raise CodecFailed(
                "command: this program works on whole files and keeps nothing from one call to the next; wire it with "
                f"the topology 'offline' ({side}.calls = 'offline'), or offer the long-lived form (serve)"
            )
        self._used.add(side)
