"""
Seams: where the calls of a decoder meet, and what is lost there.

Conventions
-----------
PCM is float32 (T,); pieces are what came of each call, in order, of whole frames of `frame_size` samples each or of any
other number. A seam is the boundary between two pieces. What is within half a frame of one is *at* the seam, all else
is *inside* the calls. A piece is looked for in the reference output near the frames that it is of, so that samples that
are lost or doubled are counted as such, and what follows is not taken for another sound.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.topology.exact import QUIET
from harness.topology.windows import WindowPiece

TOLD = 3  # seams that are named
REACH = 2  # frames by which a piece may lie elsewhere than it should
LIKE = 0.5  # correlation of two codecs' outputs, below which nothing can be said of the one as a whole
IN_PLACE = 1e-4  # of a piece's energy: with so little error, 40 dB, it is where it should be, however alike speech is
BETTER = 0.25  # a piece is elsewhere if the error there is at most this share of the piece, and of the error here


@dataclass(frozen=True)
class Seam:
    """The seam before *frame*, and by how many samples the output is longer there (doubled) or shorter (lost: < 0)."""

    frame: int
    off: int


@dataclass(frozen=True)
class Seams:
    """
    What is at the seams.

    seams : each of them; at_start, at_end : as `Seam.off`, before the first piece and after the last
    at_db, inside_db : energy of the reference output over that of the difference, at the seams and inside the calls;
        None if there is no difference there, or the reference is silent there, or nothing is there
    all_at : no sample is inside
    """

    seams: tuple[Seam, ...]
    at_start: int
    at_end: int
    at_db: float | None
    inside_db: float | None
    all_at: bool

    @property
    def most(self) -> int:
        """The number of samples that are lost (negative) or doubled at the worst seam."""
        return max((seam.off for seam in self.seams), key=abs, default=0)

    @property
    def words(self) -> str:
        """Say where samples are lost or doubled; an empty text if nowhere."""
        off = [seam for seam in self.seams if seam.off]
        told = []
        if len(off) > 1 and len({seam.off for seam in off}) == 1:
            every = "each" if len(off) == len(self.seams) else f"{len(off)}"
            told.append(f"{_samples(off[0].off)} at {every} of {len(self.seams)} seams between calls")
        else:
            told += [f"{_samples(seam.off)} at the seam before frame {seam.frame}" for seam in off[:TOLD]]
            told += [f"and so on at {len(off)} of {len(self.seams)} seams"] if len(off) > TOLD else []
        told += [f"{_samples(self.at_start)} at the start"] if self.at_start else []
        told += [f"{_samples(self.at_end)} at the end"] if self.at_end else []
        return ", ".join(told)


def seams(
    pieces: tuple[WindowPiece, ...], pcm: Samples, reference: Samples, frame_size: int, *, other_codec: bool = False
) -> Seams | None:
    """
    Return what is at the seams between *pieces* of *pcm*, held against *reference*; None if there is no seam.

    other_codec : the two codecs are not one: what *pcm* is as a whole, late, louder or inverted, is no matter of seams
    """
    if len(pieces) < 2:
        return None
    late, gain = _as_a_whole(pcm, reference) if other_codec else (0, 1.0)
    wanted_all, places, spans, begin = reference.astype(np.float64), [], [], 0
    for piece in pieces:
        span = gain * pcm[begin : begin + piece.samples].astype(np.float64)
        begin += piece.samples
        places.append(_place(span, wanted_all, piece.start * frame_size - late, REACH * frame_size))
        spans.append(span)
    late = -places[0] if other_codec else 0  # the delay of one that is not at fault at its seams
    offs = [place + len(span) - after for place, span, after in zip(places, spans, places[1:], strict=False)]
    regions = [_region(len(span), frame_size, at, len(pieces)) for at, span in enumerate(spans)]
    parts = [_part(wanted_all, place, len(span)) for place, span in zip(places, spans, strict=True)]
    wanted, error = np.concatenate(parts), np.concatenate(spans) - np.concatenate(parts)
    at = np.concatenate(regions)
    return Seams(
        tuple(Seam(piece.start, off) for piece, off in zip(pieces[1:], offs, strict=True)),
        -places[0] - late,
        places[-1] + late + len(spans[-1]) - len(reference),
        _ratio(wanted[at], error[at]),
        _ratio(wanted[~at], error[~at]),
        bool(at.all()),
    )


def _as_a_whole(pcm: Samples, reference: Samples) -> tuple[int, float]:
    """Return by how many samples *pcm* is late, and the factor that makes it most like *reference*."""
    one, two = pcm.astype(np.float64), reference.astype(np.float64)
    size = 1 << (len(one) + len(two)).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(two, size).conj(), size)
    lags = np.arange(-(len(two) // 2), len(two) // 2 + 1)
    energies = float(np.square(one).sum()), float(np.square(two).sum())
    late = int(lags[np.argmax(np.abs(product[lags]))])
    if product[late] ** 2 <= LIKE**2 * energies[0] * energies[1]:
        return 0, 1.0
    return late, float(product[late]) / energies[0]


def _place(span: npt.NDArray[np.float64], reference: npt.NDArray[np.float64], nominal: int, reach: int) -> int:
    """Return where in *reference* the piece lies: at *nominal*, unless it fits far better within *reach* of that."""
    near = _part(reference, nominal - reach, len(span) + 2 * reach)
    if not len(span) or np.square(span).mean() <= QUIET:
        return nominal
    size = 1 << (len(near) + len(span)).bit_length()
    product = np.fft.irfft(np.fft.rfft(near, size) * np.fft.rfft(span, size).conj(), size)[: 2 * reach + 1]
    energies = np.concatenate([[0.0], np.cumsum(np.square(near))])
    best = int(np.argmin(energies[len(span) :] - energies[: -len(span)] - 2 * product))
    here, there = (float(np.square(span - near[at : at + len(span)]).sum()) for at in (reach, best))
    whole = float(np.square(span).sum())
    elsewhere = here > IN_PLACE * whole and there <= BETTER * min(here, whole)
    return nominal - reach + best if elsewhere else nominal


def _region(samples: int, frame_size: int, at: int, pieces: int) -> npt.NDArray[np.bool_]:
    """Return which samples of a piece are within half a frame of a seam; the stream's own ends are none."""
    region = np.full(samples, samples <= frame_size)
    half = frame_size // 2
    if at > 0:
        region[:half] = True
    if at < pieces - 1:
        region[max(0, samples - half) :] = True
    return region


def _part(reference: npt.NDArray[np.float64], place: int, samples: int) -> npt.NDArray[np.float64]:
    """Return *samples* of *reference* from *place* on, zeros where there are none; it may lie before the beginning."""
    part = reference[max(0, place) : max(0, place + samples)]
    return np.pad(part, (min(samples, max(0, -place)), max(0, samples - max(0, -place) - len(part))))


def _ratio(wanted: npt.NDArray[np.float64], error: npt.NDArray[np.float64]) -> float | None:
    signal, noise = (float(np.square(each).sum()) for each in (wanted, error))
    return 10 * float(np.log10(signal / noise)) if signal and noise else None


def _samples(off: int) -> str:
    return f"{abs(off)} sample{'s' * (abs(off) > 1)} {'doubled' if off > 0 else 'lost'}"
