"""What a suite may name is what openai-whisper names, and the bundled model is for English."""

import pytest
from whisper.tokenizer import LANGUAGES

from harness.metrics.whisper.names import BUNDLED, CODES, ENGLISH


def test_languages_are_those_of_whisper_by_their_codes_alone() -> None:
    assert set(LANGUAGES) == CODES
    assert ENGLISH in CODES
    assert not {"english", "EN", ""} & CODES


@pytest.mark.parametrize("name", [BUNDLED])
def test_the_bundled_model_is_one_of_english(name: str) -> None:
    assert name.endswith(f".{ENGLISH}")
