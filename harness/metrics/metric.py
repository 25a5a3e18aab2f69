"""What there is to know of a metric: a row of the table in `harness.metrics.catalogue`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from harness.metrics.alignment import AlignedPair


class Better(StrEnum):
    """Which way a measurement is better."""

    HIGHER = "higher"
    LOWER = "lower"


class MetricFamily(StrEnum):
    """What a measurement is shown with, in reading order."""

    WORDS = "Words"
    QUALITY = "Quality"
    EXACTNESS = "Exactness"
    SIGNAL = "Signal"
    AMPLITUDE = "Amplitude"
    TIME = "Time"
    OTHER = "Other"


class Over(StrEnum):
    """How one figure is made of all utterances of a setup."""

    MEAN = "mean"  # with the paired change against the reference setup, and its interval
    POOLED = "pooled"  # words are summed before they are divided


class Depth(IntEnum):
    """How far a point must be measured to have a metric, cheapest first."""

    SIGNAL = 0  # codes, PCM, length, delay, gain: milliseconds once decoded
    QUALITY = 1  # PESQ and STOI: tenths of a second
    WORDS = 2  # a recogniser's transcript: seconds


class Tolerance(NamedTuple):
    """
    How much of a metric may be lost, in its unit.

    name : its key in `[tolerances]`, which several metrics may share; default : what holds where a suite says nothing
    may_be_0 : whether a suite may allow no loss at all
    """

    name: str
    default: float
    may_be_0: bool = False


Scored = float | tuple[float, float]  # a score, or a score and its scatter (`NAME_scatter`)


@dataclass(frozen=True)
class Scoring:
    """
    How a metric is computed from an aligned pair, in a worker process, once for each content.

    score : raises `MetricUndefined` or `MissingExtra` where there is no value
    version : library, version and mode, which are part of the key that a score is kept under
    rate : Hz to which the pair is resampled before; its own rate if None
    switch : the key of `[scores]` that switches it off, if there is one
    asked : the key of `[scores]` that asks for it, if it is not measured otherwise
    narrow : Hz; audio at this rate or a lower one asks for it too
    """

    score: Callable[[AlignedPair], Scored]
    version: Callable[[], str]
    rate: int | None = None
    switch: str = ""
    asked: str = ""
    narrow: int = 0

    def is_wanted(self, keys: Collection[str], rate: int) -> bool:
        """Tell whether it is measured of audio at *rate* Hz, where these *keys* of `[scores]` are on."""
        is_on = not self.switch or self.switch in keys
        return is_on and (not self.asked or self.asked in keys or rate <= self.narrow)


@dataclass(frozen=True)
class Metric:
    """
    One measurement of a cell.

    unit : of every measurement of it; "bool" is 0 or 1, "1" a share or a correlation
    label : as the title of a row; short : of a narrow column; said : inside a sentence
    about : what it says, in a line
    digits : decimals that are shown, after the percent sign was taken out if *percent*
    points : it is a difference of two percentages, and shown in percentage points
    better : which way; None if neither is by itself (a delay, a level), so that a change either way counts
    scorer : how it is computed, if it is a score of the two signals and nothing else
    over : what is made of it over all utterances; nothing if None
    tolerance : how much of it may be lost; None asks for no less than before where it is gated
    floor : the least that a reference setup must reach on average, unless the suite says otherwise
    gated : held against a baseline; kept : written into one without, because gates need it
    inaudible : below this it is as good as there; such as pauses that are as quiet as the uncoded ones
    itself : what any recording scores against itself; None if that says nothing
    axis : worst and best value that are drawn
    headline : shown where there is room for a few; foremost : where there is room for one or two
    plotted : has a plot in the report, one dot an utterance
    unjudged : why no verdict rests on it
    over_difference : a level over that of the difference: without bound, and so undefined, where nothing differs
    own : a suite's own, of which the harness knows no more than that says
    """

    name: str
    unit: str
    family: MetricFamily
    digits: int
    label: str
    about: str
    better: Better | None = None
    short: str = ""
    said: str = ""
    percent: bool = False
    points: bool = False
    scorer: Scoring | None = None
    over: Over | None = None
    tolerance: Tolerance | None = None
    floor: float | None = None
    gated: bool = False
    kept: bool = False
    inaudible: float | None = None
    itself: float | None = None
    axis: tuple[float, float] | None = None
    headline: bool = False
    foremost: bool = False
    plotted: bool = False
    unjudged: str = ""
    over_difference: bool = False
    own: bool = False

    @property
    def head(self) -> str:
        """The label for a narrow column."""
        return self.short or self.label

    @property
    def told(self) -> str:
        """How it is called inside a sentence: as said, or its label, small where that is a word."""
        word = self.head[:1].lower() + self.head[1:] if self.head[1:2].islower() else self.head
        return self.said or word

    @property
    def depth(self) -> Depth:
        """How far a point must be measured to have it."""
        if self.family is MetricFamily.WORDS:
            return Depth.WORDS
        return Depth.QUALITY if self.scorer is not None or self.family is MetricFamily.QUALITY else Depth.SIGNAL

    @property
    def switch(self) -> str:
        """The key of `[scores]` that switches it off; empty if there is none."""
        if self.family is MetricFamily.WORDS:
            return "asr"
        return self.scorer.switch if self.scorer is not None else ""

    @property
    def in_baseline(self) -> bool:
        """Whether a baseline keeps it."""
        return self.gated or self.kept or self.over is Over.MEAN
