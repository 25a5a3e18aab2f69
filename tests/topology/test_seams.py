"""Seams: lost and doubled samples are counted, and the loss is told apart at the seams and inside the calls."""

import numpy as np
import pytest

from harness.audio.waveform import Samples
from harness.topology.seams import Seam, Seams, seams
from harness.topology.windows import WindowPiece

SIZE = 100
SOUND = np.random.default_rng(3).standard_normal(40 * SIZE).astype(np.float32)


def cut(*spans) -> tuple[tuple[WindowPiece, ...], Samples]:
    """Return pieces of ten frames each, and the output that they make: each a slice of the sound."""
    parts = [SOUND[first:last] for first, last in spans]
    pieces = [WindowPiece(10 * at, 10 * at + 10, len(part)) for at, part in enumerate(parts)]
    return tuple(pieces), np.concatenate(parts)


def there(found: Seams | None) -> Seams:
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("second", "third", "offs"),
    [
        ((1000, 2000), (2000, 3000), [0, 0]),
        ((1007, 2000), (2000, 3000), [-7, 0]),  # the beginning is missing
        ((1000, 1993), (2000, 3000), [0, -7]),  # the end is
        ((993, 2000), (2000, 3000), [7, 0]),  # some is heard twice
        ((1007, 2007), (2014, 3014), [-7, -7]),  # ever later: as much is lost each time
        ((1007, 2007), (2007, 3007), [-7, 0]),  # once
    ],
)
def test_what_is_lost_and_what_is_heard_twice_is_counted(second, third, offs):
    found = there(seams(*cut((0, 1000), second, third), SOUND, SIZE))
    assert [seam.off for seam in found.seams] == offs
    assert [seam.frame for seam in found.seams] == [10, 20]
    assert found.at_db is None  # what is there is right


@pytest.mark.parametrize("by", [73, 7 * SIZE])
def test_what_another_codec_is_as_a_whole_is_no_matter_of_seams(by):
    pieces = tuple(WindowPiece(10 * at, 10 * at + 10, 1000) for at in range(3))
    late = np.concatenate([np.zeros(by, np.float32), SOUND])[:3000] * np.float32(-0.4)
    found = there(seams(pieces, late, SOUND[:3000], SIZE))
    assert found.at_db is not None
    assert found.at_db < 0
    found = there(seams(pieces, late, SOUND[:3000], SIZE, other_codec=True))
    assert (found.words, found.most) == ("", 0)
    assert found.inside_db is None or found.inside_db > 100
    lost = np.delete(late, np.arange(1000, 1007))
    cut_short = (pieces[0], WindowPiece(10, 20, 993), pieces[2])
    found = there(seams(cut_short, lost, SOUND[:3000], SIZE, other_codec=True))
    assert found.words == "7 samples lost at the seam before frame 10"


def test_a_piece_that_is_right_where_it_is_lies_nowhere_else_however_alike_the_sound_is():
    tone = np.tile(np.sin(2 * np.pi * np.arange(50) / 50), 60).astype(np.float32)  # the same every 50 samples
    pieces = tuple(WindowPiece(10 * at, 10 * at + 10, 1000) for at in range(3))
    for error in (0.0, 1e-4):
        found = there(seams(pieces, tone + np.float32(error), tone, SIZE))
        assert (found.words, found.most) == ("", 0)


def test_the_loss_is_where_it_is():
    pieces, pcm = cut((0, 1000), (1000, 2000), (2000, 3000), (3000, 4000))
    for at in (1000, 2000, 3000):
        pcm[at : at + 20] *= 0.9
    found = there(seams(pieces, pcm, SOUND, SIZE))
    assert found.at_db == pytest.approx(20 + 10 * np.log10(5), abs=1)  # a fifth of what is near is 20 dB below itself
    assert found.inside_db is None
    pcm = SOUND.copy()
    pcm[1400:1500] = 0
    found = there(seams(pieces, pcm, SOUND, SIZE))
    assert found.at_db is None
    assert found.inside_db == pytest.approx(15.8, abs=1)


def test_frame_by_frame_all_is_at_a_seam():
    pieces = tuple(WindowPiece(at, at + 1, SIZE) for at in range(40))
    found = there(seams(pieces, SOUND * 0.5, SOUND, SIZE))
    assert found.all_at
    assert found.at_db == pytest.approx(6.0, abs=0.1)
    assert found.inside_db is None
    assert found.words == ""


def test_a_sound_that_is_merely_worse_is_not_taken_for_another_place():
    noise = np.random.default_rng(4).standard_normal(len(SOUND)).astype(np.float32)
    pieces, _ = cut((0, 1000), (1000, 2000), (2000, 3000), (3000, 4000))
    assert there(seams(pieces, SOUND + noise, SOUND, SIZE)).most == 0
    assert there(seams(pieces, noise, SOUND, SIZE)).most == 0
    assert there(seams(pieces, 0 * SOUND, SOUND, SIZE)).most == 0


def test_one_call_has_no_seam():
    assert seams((WindowPiece(0, 40, 4000),), SOUND, SOUND, SIZE) is None


def test_it_is_said_once_if_it_is_the_same_everywhere():
    spans = [(1000 * at, 1000 * at + 990) for at in range(4)]
    found = there(seams(*cut(*spans), SOUND, SIZE))
    assert found.words == "10 samples lost at each of 3 seams between calls, 10 samples lost at the end"
    found = there(seams(*cut((0, 1000), (1003, 2000), (1999, 3000), (3000, 4000)), SOUND, SIZE))
    assert found.words == "3 samples lost at the seam before frame 10, 1 sample doubled at the seam before frame 20"
    assert found.seams == (Seam(10, -3), Seam(20, 1), Seam(30, 0))
    assert found.most == -3
