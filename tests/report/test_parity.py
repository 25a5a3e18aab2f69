"""The parity card as a page: what the card says, names as text, and the command that makes it again."""

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.card import command
from harness.check.parity.findings import parity_card
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.report.parity import page

HALF = Implementation.of("planted.faults:HalfGain", {"inner": "pcm"})


@pytest.fixture(scope="module")
def card():
    with Player(Implementation.of("pcm", {}), 60) as first, Player(HALF, 60) as second:
        return parity_card(paired(first, second, None, None), ("encode-speech", "decode-speech"))


def test_it_shows_every_law_that_was_asked_and_which_of_them_parted(card):
    made = page(card, command(card))
    assert made.count('class="parted"') >= 1
    assert made.count('class="same"') >= 1
    assert "decode-speech" in made
    assert "turns" not in made  # not asked
    assert "--option inner=pcm" in made.replace("&#39;", "").replace("&#34;", "")


def test_names_are_text_in_it_and_nothing_is_fetched(card):
    odd = card.codec.model_copy(update={"codec": "<script>x</script>", "description": "<img src=x>"})
    made = page(card.model_copy(update={"codec": odd}), "codec-harness check '<b>'")
    assert "<script>x" not in made
    assert "<img" not in made
    assert "<b>" not in made
    assert "@import" not in made
