"""An answer of one setup and one fault, of which nothing was probed."""

from harness.runtime import provenance
from harness.sensitivity.record import FaultRecord, PointRecord, SensitivityRecord, SubjectRecord
from harness.sensitivity.shares import share


def record(hits: int, *, blind: bool = False, alarms: int = 0, setup: str = "pcm/shared") -> SensitivityRecord:
    noticed = share([one < hits for one in range(40)])
    assert noticed is not None
    heard = PointRecord(
        size=2.0,
        heard="d",
        probes=40,
        verdicts={},
        judged=40,
        right=40,
        noticed={},
        suite=noticed,
    )
    benign = heard.model_copy(update={"heard": "a", "suite": share([True] * alarms + [False] * (40 - alarms))})
    fault = FaultRecord(
        name="quieter", family="level", unit="dB", cause="", source="", where="", points=(heard,), blind=blind
    )
    subject = SubjectRecord(
        setup=setup, codec="pcm", utterances=(), faults=(fault,),
        benign=(fault.model_copy(update={"name": "wav-24", "points": (benign,), "blind": False}),),
        power=heard.suite, false_alarms={}, right_rung=None, right_cause=None, corpus=(), advice=(), probes=80,
        complete=True,
    )  # fmt: skip
    made = provenance.collect({}, {}, {}, (1, 1))
    return SensitivityRecord(suite="s", budget_minutes=1, seconds=1, provenance=made, subjects=(subject,))
