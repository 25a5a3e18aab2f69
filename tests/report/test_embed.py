"""Data inside a page cannot leave its element, whatever it holds, and is JSON."""

import json
import math

import pytest

from harness.report.embed import script_json

NASTY = [
    "</script><script>window.hacked=1</script>",
    "<!-- comment",
    "]]>&amp;",
    "line\u2028separator\u2029",
    "\U0001f926\ud800",
]


@pytest.mark.parametrize("text", NASTY)
def test_embedded_data_reads_back_and_cannot_end_its_element(text):
    made = script_json({text: [text]})
    assert json.loads(made) == {text: [text]}
    assert not set("<>&\u2028\u2029") & set(made)
    assert made.isascii()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_in_json_is_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json({"a": [number]})
