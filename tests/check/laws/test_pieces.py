"""A long stream in pieces: those that tell something, where each is, and why none can."""

import numpy as np
import pytest
from planted.spoilt import Spoilt

from harness.check.finding import NotApplicable, Violation
from harness.check.laws.pieces import AUDIBLE, decibel, first_of, pieces
from harness.check.subject import Subject, subject

SIZE = 320 * 200  # 4 s of 20 ms frames


def of(decode=lambda pcm, _: pcm, longest=9):
    return subject(Spoilt(decode, inner="opus"), longest=longest)


def test_pieces_follow_each_other_with_their_place_and_those_at_the_beginning_have_none():
    found = list(pieces(of()))
    assert [piece.start for piece in found] == sorted({piece.start for piece in found})
    assert (found[0].frame, found[0].where, found[0].second) == (None, "", 0.0)
    for piece in found[1:]:
        assert piece.frame == piece.start == round(piece.second / 0.02)
        assert piece.where == f" from {piece.second:.0f} s on"
    assert {len(piece.spoken) for piece in found} == {len(piece.heard) for piece in found}


def test_where_nothing_is_said_or_nothing_comes_out_is_no_piece():
    under_test = of(lambda pcm, at: pcm * (at < 200))
    assert [piece.start for piece in pieces(under_test)] == [0]
    assert list(pieces(of(lambda pcm, _: 0 * pcm + 0.25))) == []
    quiet = of()
    main = quiet.speech(0, quiet.long_frames)
    main[: len(main) // 2] = 0
    silent_at_first = Subject(quiet.codec, main, quiet.speech(0, 40, "other"), longest=9)
    assert 0 not in [piece.start for piece in pieces(silent_at_first)]


def test_the_first_violation_is_told_and_later_pieces_are_not_asked():
    asked = []

    def trouble(_info, piece):
        asked.append(piece.start)
        return Violation(f"wrong{piece.where}", piece.frame) if piece.start else None

    found = first_of(of(), trouble)
    assert found is not None
    assert found.words.startswith("wrong from ")
    assert asked == [0, found.frame]


def test_what_cannot_be_told_of_one_piece_may_be_told_of_another():
    def asked(_info, piece):
        if not piece.start:
            raise NotApplicable("too soon")

    assert first_of(of(), asked) is None


def test_if_no_piece_can_tell_the_first_reason_is_given():
    def asked(_info, piece):
        raise NotApplicable(f"nothing of {piece.start}")

    with pytest.raises(NotApplicable, match="nothing of 0"):
        first_of(of(), asked)
    with pytest.raises(NotApplicable, match="the decoded speech is silent or constant"):
        first_of(of(lambda pcm, _: 0 * pcm), lambda *_: Violation("never asked"))


@pytest.mark.parametrize(("signal", "level"), [([1.0, -1.0], 0.0), ([0.1, 0.1], -20.0), ([0.0], -200.0)])
def test_a_level_is_that_of_full_scale_and_silence_has_one_too(signal, level):
    assert decibel(np.array(signal)) == pytest.approx(level, abs=1e-6)
    assert (decibel(np.array(signal)) > AUDIBLE) is any(signal)
