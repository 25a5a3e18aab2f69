"""Subjects and campaigns of which no codec is run: what comes of a probe is told by a function of it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from verdict.measured import measured

from harness.codecs.loading import load
from harness.runs import suite as suites
from harness.runs.suite_speech import chosen_speech
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import Observed
from harness.sensitivity.probing import FaultProbing, OnProbe
from harness.sensitivity.subject import FaultProbe, FaultSubject

Answer = Callable[[FaultProbe], Observed]


def subject(adapter: str = "opus", **tables: Any) -> FaultSubject:
    """Return the plain use of a codec, with two utterances, in a suite of a few wirings or as *tables* say."""
    content = {
        "codecs": {"c": {"adapter": adapter}},
        "speech": {"utterances": ["heart-04", "rms-04"]},
        "setups": [{"codec": "c", "topology": ["shared", "reuse-after-reset", "cross-talk", "sequential"]}],
    }
    suite = suites.parse(content | tables, "suite.toml", Path(), "s")
    one, two = chosen_speech(suite.speech)
    return FaultSubject(
        suite, suite.setups[0], load(adapter, {}).info, "code", {one.id: (one, two), two.id: (two, one)}
    )


class Scripted(FaultProbing):
    """Probes whose outcome is told by *answer*."""

    def __init__(self, about: FaultSubject, answer: Answer) -> None:
        super().__init__(about, cast(Any, None), cast(Any, None))
        self.answer = answer

    def observe(self, probes: Sequence[FaultProbe], told: OnProbe | None = None) -> None:
        """See `FaultProbing.observe`."""
        del told
        for probe in probes:
            if probe not in self.observed:
                self.observed[probe] = self.answer(probe)
                self.made += 1

    def known(self, probe: FaultProbe) -> bool:
        """See `FaultProbing.known`."""
        return probe in self.observed


IDENTICAL = Observed(
    measured=measured(codes_equal=1.0, pcm_equal=1.0, pcm_equivalent=1.0, max_abs_difference=0.0), held=measured()
)


def changed(**changes: float) -> Observed:
    """Return what comes of a probe that differs from what it is held against in these measurements alone."""
    return Observed(measured=measured(**changes), held=measured())


def campaign(answer: Answer, *only: str, about: FaultSubject | None = None, seconds: float = 60.0) -> Campaign:
    """Return a campaign that was not run; *only* : faults and benign changes."""
    about = about or subject("pcm")
    now = time.monotonic()
    scores = about.suite.scores.model_copy(update={"pesq": True, "stoi": True})
    return Campaign(Scripted(about, answer), Judging.of(about), now + seconds, now + seconds, scores, only)


def ran(answer: Answer, *only: str, about: FaultSubject | None = None) -> Campaign:
    """Return a campaign that was run to its end."""
    made = campaign(answer, *only, about=about)
    made.run()
    return made
