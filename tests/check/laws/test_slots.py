"""Slots of the embedded codecs keep the laws; each planted fault breaks the law about it, and the row is named."""

import pytest
from planted.slots import FAULTS, Slots

from harness.audio.speech import load as load_speech
from harness.audio.waveform import resample
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import Subject
from harness.codecs.loading import load
from harness.runtime.resources import fixture

LAWS = ("slot-reset", "slots-apart", "slot-idle", "slot-fork")
BROKEN = {
    "none": (),
    "not-reset": ("slot-reset", "slots-apart"),  # the row of an aborted stream is taken again
    "half-reset": ("slot-reset", "slots-apart"),
    "resets-all": ("slot-reset", "slots-apart"),
    "idle-steps": ("slot-idle",),
    "pads-into-last": ("slots-apart", "slot-idle"),
    "pads-into-first": ("slots-apart", "slot-idle"),
    "crossed": ("slots-apart",),
    "last-wins": LAWS,
    "fork-aliases": ("slot-fork",),
    "abort-steals": ("slots-apart",),
    "keeps-position": ("slot-reset", "slots-apart"),
    "late-leak": LAWS,
}


def subject(codec):
    main, other = (
        resample(utterance.waveform(), codec.info.sample_rate).samples[8000:]
        for utterance in load_speech(fixture("speech"))[:2]
    )
    return Subject(codec, main, other)


@pytest.mark.parametrize("name", [pytest.param("mini", marks=pytest.mark.slow), "opus", "pcm"])  # mini: test_card.py
def test_the_embedded_codecs_keep_the_laws_of_slots(name):
    under_test = subject(load(name, {}))
    for law in LAWS:
        finding = judge(law, under_test)
        assert finding.status is Status.HELD, finding


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_breaks_its_law_and_names_the_row(fault):
    under_test = subject(Slots(fault=fault))
    found = {law: judge(law, under_test) for law in LAWS}
    broken = {law for law, finding in found.items() if finding.status is Status.BROKEN}
    assert set(BROKEN[fault]) <= broken, {law: finding.observed for law, finding in found.items()}
    assert (fault == "none") == (not broken)
    assert all("row" in found[law].observed for law in broken)


def test_a_codec_without_slots_is_not_asked():
    codec = Slots()
    codec.__class__ = type("Plain", (), {"open": Slots.open})
    finding = judge("slot-reset", subject(codec))
    assert (finding.status, finding.observed) == (Status.NOT_APPLICABLE, "there are no slots")
