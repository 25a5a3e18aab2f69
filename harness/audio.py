"""
Waveforms: one value type, one reader, one writer, one resampler.

Conventions
-----------
Samples are mono float32, shape (T,), nominal range -1 to 1; sample rates are in Hz.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from harness.errors import SpeechInvalid

Samples = npt.NDArray[np.float32]

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


def read(path: Path) -> Waveform:
    """
    Read any file that libsndfile knows; raise `SpeechInvalid` unless it is readable, mono, finite and non-empty.

    Several channels are refused rather than mixed: a wrong fold-down is one of the faults we look for.
    """
    if not path.is_file():
        raise SpeechInvalid(f"{path}: no such audio file; check the path or regenerate the speech")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise SpeechInvalid(f"{path}: not readable as audio ({error}); wanted a file that libsndfile reads") from error
    if samples.shape[1] != 1:
        raise SpeechInvalid(f"{path}: got {samples.shape[1]} channels, wanted mono; mix it down first")
    if not samples.size:
        raise SpeechInvalid(f"{path}: the file holds no samples")
    if not np.isfinite(samples).all():
        raise SpeechInvalid(f"{path}: contains NaN or infinite samples; wanted finite audio")
    return Waveform(np.ascontiguousarray(samples[:, 0]), int(rate))


def write(path: Path, waveform: Waveform) -> None:
    """Write 16-bit FLAC or WAV by suffix, for listening; samples outside -1..1 clip, as they would in a player."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    finite = np.nan_to_num(waveform.samples, nan=0.0, posinf=1.0, neginf=-1.0)
    kind = path.suffix.lstrip(".").upper()
    soundfile.write(partial, np.clip(finite, -1.0, 1.0), waveform.sample_rate, subtype="PCM_16", format=kind)
    partial.replace(path)


def resample(waveform: Waveform, sample_rate: int) -> Waveform:
    """Return *waveform* at *sample_rate* Hz (soxr, high quality, through librosa); unchanged if already there."""
    if waveform.sample_rate == sample_rate:
        return waveform
    import librosa  # slow to import, and most runs never resample

    samples = librosa.resample(
        waveform.samples, orig_sr=waveform.sample_rate, target_sr=sample_rate, res_type="soxr_hq"
    )
    return Waveform(np.ascontiguousarray(samples, dtype=np.float32), sample_rate)
