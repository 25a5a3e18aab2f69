"""
How far two implementations agree, in words that say what kind of difference it is.

Equal codes with other PCM may be two things. Other arithmetic of the decoder is there from the first sound on, and
stays as far below the speech as it began; or it is that of samples of 16 bits, which is as large in soft speech as in
loud. A fault of state, of loss or of a branch begins somewhere. So plain use of
a signal says how far below it the difference is, and in every other program it may be no nearer than that, within
`NEARER`; a frame that is nearer is where the implementations part for another reason.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from harness.check.parity.comparing import ParityComparison, Parting, Powers

FOLLOWS = 10.0  # dB; where the difference is nearer to the speech than that, it is no question of arithmetic
NEARER = 4.0  # times the power, 6 dB
TINY = 1e-20  # of full scale squared: -200 dB, for what is silent


class Agreement(StrEnum):
    """The ladder of two implementations, best first."""

    BITS = "the same to the bit"
    ROUNDING = "the same to rounding"
    ARITHMETIC = "equal codes, other arithmetic in the decoder"
    PARTED = "not the same"

    @property
    def rank(self) -> int:
        """0 (the same to the bit) to 3 (not the same)."""
        return list(Agreement).index(self)


def agreement(found: ParityComparison, plain: Sequence[ParityComparison]) -> tuple[Agreement, Parting | None]:
    """
    Judge one program; return where the implementations part too, if they are not the same.

    plain : what the plain decoding of its signals gave; none while that itself is judged
    """
    if found.parting is not None:
        return Agreement.PARTED, found.parting
    if found.bits:
        return Agreement.BITS, None
    if found.beyond is None:
        return Agreement.ROUNDING, None
    if found.rounded:
        return Agreement.ARITHMETIC, None
    call, frame = found.beyond
    parting = Parting(call, f"PCM differs from frame {frame} on, by up to {found.largest:.1e}{_snr(found)}", frame)
    if not plain:
        return (Agreement.ARITHMETIC, None) if _steady(found) else (Agreement.PARTED, parting)
    nearest = max(0.0 if one.beyond is None or one.parting else float(nearness(one).max()) for one in plain)
    if not nearest:
        return Agreement.PARTED, parting
    nearer = np.flatnonzero(nearness(found) > NEARER * nearest)
    if nearer.size:
        first = int(nearer[0])
        words = f"PCM differs from frame {first} on by more than in plain use{_snr(found)}"
        return Agreement.PARTED, Parting(call, words, first)
    if all(one.bits or one.beyond is None or _steady(one) for one in plain):
        return Agreement.ARITHMETIC, None
    return Agreement.PARTED, Parting(call, "PCM differs, no more than in plain use", frame, usual=True)


def well_below(found: ParityComparison) -> bool:
    """Tell whether the difference is there from the first sound on, and `FOLLOWS` or more below the sound all along."""
    near = nearness(found)
    if found.beyond is None or near.max() > 10 ** (-FOLLOWS / 10):
        return False
    begun = found.beyond[1]  # by more than the tolerance; what was just within it before did not begin there
    return bool(
        begun <= np.flatnonzero(found.signal > 0)[0] or near[begun:].max() <= NEARER * near[:begun].max(initial=0.0)
    )


def _steady(plain: ParityComparison) -> bool:
    """Tell whether plain use differs from the first sound on, well below the speech, and no more later than sooner."""
    half = len(plain.error) // 2
    first, second = (
        plain.error[part].sum() / max(plain.signal[part].sum(), TINY) for part in (slice(0, half), slice(half, None))
    )
    return well_below(plain) and bool(second <= NEARER * first)


def nearness(found: ParityComparison) -> Powers:
    """
    Return for each frame the power of the difference, as a share of the loudest frame so far.

    Not of the frame alone, since what a decoder gives rings on into pauses.
    """
    return np.asarray(found.error / np.maximum(np.maximum.accumulate(found.signal), TINY))


def _snr(found: ParityComparison) -> str:
    return "" if found.snr is None else f" (SNR {round(found.snr)} dB)"
