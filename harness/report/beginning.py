"""
Where a cell's output begins to differ from its reference setup's, in the time of the audio that is played.

The frame is the codec's own, as the run compared it: every bit of codes and samples. The sample is the first that
differs in the audio that was kept, which has the codec's declared delay taken out and 16 bits; what is below that is
told by its frame alone.
"""

from dataclasses import dataclass

from harness.record import Cell


@dataclass(frozen=True)
class Beginning:
    """*seconds* into the audio; *sample* of it, from 0, if one differs; *frame* of the codec, if it is known."""

    seconds: float
    sample: int | None
    frame: int | None

    def __str__(self) -> str:
        places = [f"sample {self.sample}"] if self.sample is not None else []
        places += [f"frame {self.frame}"] if self.frame is not None else []
        digits = 4 if self.sample is not None else 2
        return f"{self.seconds:.{digits}f} s ({', '.join(places)})"


def beginning(cell: Cell, first_sample: int | None, rate: float | None) -> Beginning | None:
    """Return where *cell* begins to differ; None if it does not. *first_sample*: of audio at *rate* Hz, if one does."""
    if cell.first_diverging_frame is None:
        return None
    if first_sample is not None and rate:
        return Beginning(first_sample / rate, first_sample, cell.first_diverging_frame)
    seconds = cell.first_difference_seconds
    return None if seconds is None else Beginning(seconds, None, cell.first_diverging_frame)
