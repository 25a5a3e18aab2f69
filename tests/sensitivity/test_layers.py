"""What each layer notices of a probe."""

import pytest

from harness.runs.conditions import ScoresTable
from harness.sensitivity.layers import Layer, Observed, noticed
from harness.verdict import Tolerances


@pytest.mark.parametrize(
    ("scores", "off"),
    [
        (ScoresTable(), set()),
        (ScoresTable(asr=False), {Layer.LIKELIHOOD, Layer.WORDS}),
        (ScoresTable(asr=False, pesq=False, stoi=False), {Layer.LIKELIHOOD, Layer.WORDS, Layer.PESQ, Layer.STOI}),
    ],
)
def test_a_codec_that_fails_is_noticed_by_no_layer_that_the_suite_has_not(scores, off):
    failing = Observed(failure="reset raised TypeError")
    found = noticed(failing, Tolerances(), scores, accepted=None)
    assert found == {layer: None if layer in off else True for layer in Layer}
