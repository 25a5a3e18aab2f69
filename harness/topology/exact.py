"""
Exact comparison of what a setup produced with what the reference setup produced.

Conventions
-----------
Codes are integers (K, F); PCM is float32 (T,); a frame is `frame_size` samples. Both sides may have any shape: what one
side has and the other lacks counts as different, and PCM is compared as if the shorter side went on as zeros. A sample
that is not finite counts as an error of full scale (1.0), unless both sides hold the same bits there.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes

VERSION = 1  # raise it when the same input gives another number
FULL_SCALE_ERROR = 1.0
QUIET = 1e-10  # mean square of -100 dB: a reference that is silent has no level to relate an error to


@dataclass(frozen=True)
class Comparison:
    """
    What differs.

    codes_equal : same shape, same values
    pcm_equal : same length, same bits
    within_tolerance : same length, all finite, no sample differs by more than the codec's tolerance
    max_abs_difference : largest sample difference, 0 to 2 for PCM in range
    snr_db : energy of the reference output over energy of the difference; None if there is no difference, or if the
        reference output is silent
    first_diverging_frame : earliest frame in which codes or PCM differ at all; None if nothing differs
    frame_error_db : per frame, error energy over the reference output's mean frame energy, in dB to one decimal;
        None = no difference in this frame
    codebook_agreement : per codebook, the share of frames with equal codes, 0 to 1
    codes_differ : per codebook, the frames whose code differs, ascending
    """

    codes_equal: bool
    pcm_equal: bool
    within_tolerance: bool
    max_abs_difference: float
    snr_db: float | None
    first_diverging_frame: int | None
    frame_error_db: tuple[float | None, ...]
    codebook_agreement: tuple[float, ...]
    codes_differ: tuple[tuple[int, ...], ...]


def compare(
    codes: Codes, pcm: Samples, reference_codes: Codes, reference_pcm: Samples, frame_size: int, tolerance: float
) -> Comparison:
    """Compare codes (K, F) and PCM (T,) with the reference setup's; *tolerance* is an absolute PCM difference."""
    if frame_size < 1:
        raise ValueError(f"a frame is at least 1 sample but got frame_size {frame_size}")
    unequal_codes = _unequal_codes(codes, reference_codes)
    by_codebook = unequal_codes if codes.dtype.kind != "f" else unequal_codes[:0]  # latents have no codebooks
    codes_equal = codes.shape == reference_codes.shape and not unequal_codes.any()
    length = max(len(pcm), len(reference_pcm))
    ours, theirs = _filled(pcm, length), _filled(reference_pcm, length)
    unequal = ours.view(np.uint32) != theirs.view(np.uint32)
    unequal[min(len(pcm), len(reference_pcm)) :] = True
    error = np.where(unequal, _errors(ours, theirs), 0.0)
    finite = bool(np.isfinite(pcm).all() and np.isfinite(reference_pcm).all())
    same_length = len(pcm) == len(reference_pcm)
    signal_energy = float(np.square(np.nan_to_num(reference_pcm.astype(np.float64), posinf=1.0, neginf=-1.0)).sum())
    error_energy = float(np.square(error).sum())
    differing = np.concatenate(
        [np.flatnonzero(unequal)[:1] // frame_size, np.flatnonzero(unequal_codes.any(axis=0))[:1]]
    )
    return Comparison(
        codes_equal=codes_equal,
        pcm_equal=same_length and not unequal.any(),
        within_tolerance=same_length and finite and float(error.max(initial=0.0)) <= tolerance,
        max_abs_difference=float(error.max(initial=0.0)),
        snr_db=10 * float(np.log10(signal_energy / error_energy)) if signal_energy and error_energy else None,
        first_diverging_frame=int(min(differing, default=0)) if unequal.any() or not codes_equal else None,
        frame_error_db=_frame_errors(error, unequal, signal_energy / max(len(reference_pcm), 1), frame_size),
        codebook_agreement=_agreement(by_codebook),
        codes_differ=_differing(by_codebook),
    )


def _agreement(unequal: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    if not unequal.shape[1]:
        return (1.0,) * len(unequal)
    return tuple((1 - unequal.mean(axis=1)).tolist())


def _differing(unequal: npt.NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
    """Return the frames of each row that are unequal; a codec may have hundreds of rows, of which few are."""
    found: list[tuple[int, ...]] = [()] * len(unequal)
    for row in np.flatnonzero(unequal.any(axis=1)):
        found[row] = tuple(np.flatnonzero(unequal[row]).tolist())
    return tuple(found)


def _unequal_codes(codes: Codes, reference: Codes) -> npt.NDArray[np.bool_]:
    books, frames = np.maximum(codes.shape, reference.shape)
    unequal = np.ones((books, frames), dtype=bool)
    shared = tuple(slice(size) for size in np.minimum(codes.shape, reference.shape))
    unequal[shared] = codes[shared] != reference[shared]
    return unequal


def _filled(pcm: Samples, length: int) -> Samples:
    return np.ascontiguousarray(np.pad(pcm, (0, length - len(pcm))))


def _errors(ours: Samples, theirs: Samples) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        error = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    return np.where(np.isfinite(error), error, FULL_SCALE_ERROR)


def _frame_errors(
    error: npt.NDArray[np.float64], unequal: npt.NDArray[np.bool_], mean_square: float, frame_size: int
) -> tuple[float | None, ...]:
    starts = np.arange(0, len(error), frame_size)
    if not len(starts):
        return ()
    energies = np.add.reduceat(np.square(error), starts)
    # The same floor below keeps a difference of sign of zero, or a missing tail of zeros, a finite number.
    relative = np.maximum(energies / (max(mean_square, QUIET) * frame_size), QUIET**2)
    differs = np.logical_or.reduceat(unequal, starts)
    return tuple(
        round(10 * float(np.log10(value)), 1) if differ else None
        for value, differ in zip(relative, differs, strict=True)
    )
