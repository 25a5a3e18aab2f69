"""No law that has never been seen to be broken: a test that cannot fail proves nothing, and neither does a law."""

from pathlib import Path

import pytest

from harness.check.laws.table import LAWS

HERE = Path(__file__)
TOLD = "\n".join(path.read_text("utf-8") for path in sorted(HERE.parents[1].rglob("*.py")) if path != HERE)


@pytest.mark.parametrize("law", LAWS)
def test_a_codec_that_breaks_it_is_in_the_tests(law):
    assert f'"{law}"' in TOLD, f"tests/check/ has no codec that breaks {law}: see ARCHITECTURE.md, `a law`"
