"""
Waveforms: one value type, one reader, one writer, one resampler.

Conventions
-----------
Samples are mono float32, shape (T,), nominal range -1 to 1; sample rates are in Hz.
"""

import hashlib
import io
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile

from harness.audio.blocks import Forward, read_all
from harness.audio.whole_file import damage
from harness.errors import SpeechInvalid
from harness.files import given, write_whole

LOWEST_RATE, HIGHEST_RATE = 4_000, 768_000  # Hz; below, no speech is left, and above is no sound card
LARGEST_FILE = 1 << 30  # bytes
LOUDEST = 8.0  # 18 dB beyond full scale: what floating point is used to hold ends far below
CANCELLED = 0.01  # of the power that channels which have nothing in common keep in their mean

Samples = npt.NDArray[np.float32]
Channels = Literal["left", "right", "mix"]

VERSION = 1  # raise it when `resample` gives other samples


@dataclass(frozen=True, eq=False)
class Waveform:
    """Mono audio: *samples* float32 of shape (T,), *sample_rate* in Hz."""

    samples: Samples
    sample_rate: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"a waveform is float32 of shape (T,) but got {self.samples.dtype} {self.samples.shape}")

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    def sha256(self) -> str:
        """Hash of rate and samples: equal exactly when the audio is bit-identical."""
        digest = hashlib.sha256(f"{self.sample_rate}:{len(self.samples)}:".encode())
        digest.update(np.ascontiguousarray(self.samples).tobytes())
        return digest.hexdigest()


def read(path: Path, channels: Channels | None = None) -> Waveform:
    """
    Read any file that libsndfile knows; raise `SpeechInvalid` unless it is whole, mono, finite, non-empty speech.

    Several channels are refused rather than mixed, since a wrong fold-down is one of the faults we look for, unless
    *channels* says which is meant: the first, the second, or the mean of all. Equal samples give equal waveforms,
    whatever the file keeps them in.
    """
    if not os.path.lexists(path):
        raise SpeechInvalid(f"{path}: no such audio file; check the path")
    given.check_file(path, SpeechInvalid, wanted="an audio file", most=LARGEST_FILE)
    if not path.stat().st_size:
        raise SpeechInvalid(f"{path}: the file is empty; wanted an audio file")
    try:
        with Forward(path) as file:
            rate, subtype = file.samplerate, file.subtype
            _check_form(path, 1 if channels else file.channels, rate)
            samples = read_all(file)
            broken = damage(path, file, len(samples))
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError, OSError, MemoryError) as error:
        said = " ".join(str(error).split())
        raise SpeechInvalid(f"{path}: not readable as audio ({said}); wanted a file that libsndfile reads") from error
    if broken is not None:
        raise SpeechInvalid(f"{path}: damaged or cut off: {broken}; copy the file again, or encode it again")
    if not samples.size:
        raise SpeechInvalid(f"{path}: the file holds no samples")
    if not np.isfinite(samples).all():
        raise SpeechInvalid(f"{path}: contains NaN or infinite samples; wanted finite audio")
    _check_scale(path, samples, subtype)
    chosen = _chosen(samples, channels) + np.float32(0)  # no -0, which integers have not
    if channels == "mix":
        _check_mix(path, samples, chosen)
    return Waveform(np.ascontiguousarray(chosen), int(rate))


def _chosen(samples: Samples, channels: Channels | None) -> Samples:
    """Return one channel, shape (T,), of *samples*, shape (T, channels); a file with one has nothing to choose."""
    if samples.shape[1] == 1 or channels != "mix":
        return samples[:, 1 if channels == "right" and samples.shape[1] > 1 else 0]
    mixed: Samples = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mixed


def _check_mix(path: Path, samples: Samples, mixed: Samples) -> None:
    """Refuse channels that cancel each other: what is left is not what anybody said."""
    count = samples.shape[1]
    power, kept = (float(one.var(axis=0, dtype=np.float64).mean()) for one in (samples, mixed))  # no offset of a card
    if kept < CANCELLED * power / count:  # channels that have nothing in common keep one part in *count*
        how = f"{10 * np.log10(kept / power):.0f} dB of their level" if kept else "nothing"
        raise SpeechInvalid(
            f"{path}: its {count} channels cancel each other: their mean keeps {how}; one is inverted: say "
            'channels = "left" or "right", or turn it round'
        )


def _check_form(path: Path, channels: int, rate: int) -> None:
    if channels != 1:
        raise SpeechInvalid(
            f"{path}: got {channels} channels, wanted mono; mix it down first, or, of the speech of a suite, say "
            'channels = "left", "right" or "mix" under [speech]'
        )
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise SpeechInvalid(f"{path}: got a sample rate of {rate} Hz, wanted {LOWEST_RATE} to {HIGHEST_RATE} Hz")


def _check_scale(path: Path, samples: Samples, subtype: str) -> None:
    """Refuse integers that were written as floating point: they are 90 dB too loud, or clip as soon as they are not."""
    peak = float(np.abs(samples).max())
    floating = subtype in ("FLOAT", "DOUBLE")
    if peak > LOUDEST or (floating and peak > 1 and bool((samples == np.round(samples)).all())):
        raise SpeechInvalid(
            f"{path}: got floating-point samples up to {peak:.6g}, wanted -1 to 1; they look like integers: "
            "divide them by the full scale that they have, 32768 for 16 bits"
        )


def is_audio(path: Path) -> bool:
    """Tell whether *path* is something that libsndfile reads, whatever it is called."""
    if not path.is_file():  # a pipe would wait for someone to write to it
        return False
    try:
        with Forward(path):
            return True
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError, OSError):
        return False


def encoded(waveform: Waveform, kind: str) -> bytes:
    """
    Return a 16-bit file of *kind* ("FLAC" or "WAV"), for listening; samples outside -1..1 clip, as in a player.

    It is made in memory: libsndfile says nothing of a disk that is full when it writes the last page.
    """
    finite = np.nan_to_num(waveform.samples, nan=0.0, posinf=1.0, neginf=-1.0)
    file = io.BytesIO()
    soundfile.write(file, np.clip(finite, -1.0, 1.0), waveform.sample_rate, subtype="PCM_16", format=kind)
    return file.getvalue()


def write(path: Path, waveform: Waveform) -> None:
    """Write 16-bit FLAC or WAV by suffix, whole or not at all; raise `NotWritable` if the place cannot be written."""
    write_whole(path, encoded(waveform, path.suffix.lstrip(".").upper()))


def resample(waveform: Waveform, sample_rate: int) -> Waveform:
    """
    Return *waveform* at *sample_rate* Hz (soxr, high quality); unchanged if already there.

    The same bits as `librosa.resample`, which every worker process would import for seconds to call soxr.
    """
    if waveform.sample_rate == sample_rate:
        return waveform
    import soxr  # an extra: most runs never resample

    samples = soxr.resample(waveform.samples, waveform.sample_rate, sample_rate, quality="soxr_hq")
    length = math.ceil(len(waveform.samples) * (sample_rate / waveform.sample_rate))
    fitted = np.zeros(length, dtype=np.float32)
    fitted[: len(samples)] = samples[:length]
    return Waveform(fitted, sample_rate)
