"""What each layer notices of a probe."""

import pytest

from harness.runs.conditions import ScoresTable
from harness.sensitivity.layers import Layer, Observed, noticed
from harness.verdict import Tolerances


@pytest.mark.parametrize("scores", [ScoresTable(), ScoresTable(asr=False, pesq=False, stoi=False)])
def test_a_codec_that_fails_is_noticed_by_any_run_and_by_no_measurement(scores):
    failing = Observed(failure="reset raised TypeError")
    found = noticed(failing, Tolerances(), scores, accepted=None)
    assert {layer for layer in Layer if found[layer]} == {Layer.GATE, Layer.SUITE}
    assert {layer for layer in Layer if found[layer] is False} == set()
