"""The rules by which a transcript is doubted, and what a hearing says of itself."""

import subprocess
import sys

import pytest

from harness.metrics.whisper.hearing import Hearing, describe, doubts, no_speech, token_cap
from harness.metrics.words import compare
from harness.record import Measurement


@pytest.mark.parametrize(
    ("text", "seconds", "findings"),
    [
        ("We planted tomatoes along the garden wall and watered them every evening.", 5.3, []),
        ("no no", 0.3, []),
        ("", 3.0, []),
        ("and the same to you, " * 20, 60.0, ["repetition loop"]),
        ("and the same to you, " * 20, 4.0, ["repetition loop", "overlong"]),
        ("one two three four five six seven eight nine ten eleven", 1.0, ["overlong"]),
    ],
)
def test_doubts(text: str, seconds: float, findings: list[str]) -> None:
    assert doubts(text, seconds, capped=False) == findings
    assert doubts(text, seconds, capped=True) == [*findings, "token cap"]


def test_the_token_cap_leaves_room_for_fast_speech_and_bounds_loops() -> None:
    assert token_cap(0.2) == 18
    assert token_cap(4.0) == 56
    assert token_cap(30.0) == 224


def test_a_hearing_without_transcript_has_no_error_rate_and_says_why() -> None:
    hearing = Hearing(None, Measurement.missing("NaN"), "the audio contains NaN or infinite samples")
    assert hearing.word_error_rate.undefined == "the audio contains NaN or infinite samples"
    assert hearing.character_error_rate.value is None
    assert (hearing.text, hearing.findings) == ("", ())


def test_a_hearing_gives_its_transcripts_rates() -> None:
    hearing = Hearing(compare("a b", "a c", str.lower, findings=["overlong"]), Measurement.of(-0.5, "nat/token"))
    assert hearing.word_error_rate.value == 0.5
    assert hearing.findings == ("overlong",)


def test_describing_the_recogniser_needs_no_torch() -> None:
    code = (
        "import sys; from harness.metrics.whisper.hearing import describe; found = describe('tiny.en');"
        "assert 'torch' not in sys.modules and 'whisper' not in sys.modules; print(found)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "1a5afae06a4db91c" in shown
    assert shown.strip() == str(describe("tiny.en"))


@pytest.mark.parametrize(
    ("text", "probability", "log_probability", "made_up"),
    [
        ("you", 0.92, -0.7, True),
        ("Thank you.", 0.85, -0.4, True),
        ("Okay.", 0.63, -0.5, False),
        ("you", 0.65, -1.2, True),
        ("the words that were said", 0.9, -0.3, False),
        ("the words that were said", 0.9, -1.3, True),
    ],
)
def test_what_is_made_up_of_noise(text: str, probability: float, log_probability: float, made_up: bool) -> None:
    assert no_speech(text, probability, log_probability) is made_up
