"""What is made of equal signals is made once."""

import itertools
from unittest.mock import Mock

import numpy as np

from harness.metrics.waveform import waveform_measurements
from harness.runs import comparing
from harness.runs import suite as suites
from harness.runs.once import Once
from harness.runs.suite_speech import chosen_speech
from harness.runs.tracing import Group, trace

CONTENT = {
    "speech": {"utterances": ["heart-04"]},
    "codecs": {"pcm": {"adapter": "pcm"}},
    "setups": [{"codec": "pcm", "topology": ["shared", "separate", "cloned-decoder", "tail-dropped"]}],
}


def test_a_thing_is_made_when_it_is_first_asked_for():
    counter, once = itertools.count(), Once()
    assert [once.of(key, lambda: next(counter)) for key in (1, 2, 1, (1, 2), 2)] == [0, 1, 0, 2, 1]


def test_setups_with_the_same_output_are_measured_once_and_as_each_by_itself(monkeypatch, tmp_path):
    suite = suites.parse(CONTENT, "once", tmp_path, "once")
    (utterance,) = chosen_speech(suite.speech)
    asked = Mock(side_effect=waveform_measurements)
    monkeypatch.setattr(comparing, "waveform_measurements", asked)
    together = trace(Group(utterance, utterance, suite.setups))
    outputs = {one.pcm_sha256 for one in together}
    assert asked.call_count == len(outputs) == 2
    monkeypatch.setattr(Once, "of", lambda _self, _key, make: make())
    apart = trace(Group(utterance, utterance, suite.setups))
    assert asked.call_count == 2 + 4
    for one, other in zip(together, apart, strict=True):
        assert one.measurements == other.measurements
        assert one.comparison == other.comparison
        assert one.pair is not None
        assert other.pair is not None
        assert np.array_equal(one.pair.degraded.samples, other.pair.degraded.samples)
