"""
Verdicts: pure functions of measurements and tolerances, with the reasons in words.

Every cell is judged by *change*: what the setup does to the speech that its reference setup does not. A codec of low
quality is not a fault of a topology. What has no setup to be held against, the reference setup itself, is held against
the uncoded speech (`plain_use`). The rungs, best first:

identical   bit for bit the reference setup's codes and PCM
equivalent  PCM within the codec's declared rounding tolerance, equal length
altered     differs beyond rounding, yet neither quality nor words are measurably worse
degraded    quality, level, timing or length is worse, there is sound in pauses or none in speech; the words are there
corrupt     words were changed
undefined   something needed for the answer could not be measured; never a pass
"""

from harness.verdict.cell import judge, judge_change
from harness.verdict.expectation import NOT_REPEATED, NOT_TWICE, UNHARMED, expected, meets, missed
from harness.verdict.judgement import Judgement
from harness.verdict.over_utterances import CorpusFigures
from harness.verdict.over_variants import OverVariants, over_variants
from harness.verdict.pair import PairScores, itself, judge_pair
from harness.verdict.plain_use import OverFloors, judge_plain_use
from harness.verdict.setup import SetupJudging, judge_setup
from harness.verdict.time_limits import TimeLimits, too_slow
from harness.verdict.tolerances import Floors, Tolerances

VERSION = 36  # raise it when the same measurements are judged otherwise, here or in `cells`, `corpus` and `summary`

__all__ = [
    "NOT_REPEATED",
    "NOT_TWICE",
    "UNHARMED",
    "CorpusFigures",
    "Floors",
    "Judgement",
    "OverFloors",
    "OverVariants",
    "PairScores",
    "SetupJudging",
    "TimeLimits",
    "Tolerances",
    "expected",
    "itself",
    "judge",
    "judge_change",
    "judge_pair",
    "judge_plain_use",
    "judge_setup",
    "meets",
    "missed",
    "over_variants",
    "too_slow",
]
