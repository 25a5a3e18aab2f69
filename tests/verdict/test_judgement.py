"""A judgement is a rung with reasons; it speaks for its setup too, unless it is said otherwise."""

import pytest
from pydantic import ValidationError

from harness.record import Verdict
from harness.verdict.judgement import Judgement


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_is_said_of_one_utterance_is_said_of_its_setup(verdict: Verdict) -> None:
    made = Judgement.of(verdict, "first", "second")
    assert (made.verdict, made.alone, made.reasons) == (verdict, verdict, ("first", "second"))
    assert Judgement.of(verdict).reasons == ()


def test_alone_it_may_give_its_setup_a_better_rung() -> None:
    made = Judgement.of(Verdict.CORRUPT, "words are lost", alone=Verdict.ALTERED)
    assert (made.verdict, made.alone) == (Verdict.CORRUPT, Verdict.ALTERED)
    assert made.alone.rank < made.verdict.rank


def test_nothing_of_it_changes_afterwards_and_it_comes_back_from_a_file() -> None:
    made = Judgement.of(Verdict.DEGRADED, "STOI is lower", alone=Verdict.ALTERED)
    with pytest.raises(ValidationError, match="frozen"):
        made.verdict = Verdict.IDENTICAL
    assert Judgement.model_validate_json(made.model_dump_json()) == made
