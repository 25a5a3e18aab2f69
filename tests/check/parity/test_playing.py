"""Scripts: an answer to each call, on an instance of its own, whatever a call does to the others."""

import numpy as np
import pytest
from check.parity.carded import DELTA, Here

from harness.check.implementation import Implementation
from harness.check.parity.playing import CallAnswer, Player, Step, codec_of, play
from harness.check.parity.program import FLUSH
from harness.codecs.protocol import LOST, Side
from harness.errors import CodecUnavailable

HERE = Here()
SIZE, BOOKS = HERE.info.frame_size, HERE.info.codebooks
PCM = Step("encode", np.linspace(-0.5, 0.5, SIZE).astype(np.float32))
CODES = Step("decode", np.full((BOOKS, 1), 7, np.int64))
GONE = Step("decode", np.full((BOOKS, 1), LOST, np.int64))


def test_each_call_has_an_answer_and_a_script_an_instance_of_its_own():
    script = (PCM, CODES, Step("reset", Side.BOTH), CODES, CODES)
    answers = play(HERE.codec, script)
    assert len(answers) == len(script)
    assert answers[2] == CallAnswer()
    first, after, later = (answers[at].output for at in (1, 3, 4))
    assert first is not None
    assert after is not None
    assert later is not None
    assert np.array_equal(first, after)  # of a decoder that was reset
    assert not np.array_equal(first, later)
    again = play(HERE.codec, script)[1].output
    assert again is not None
    assert np.array_equal(first, again)
    assert play(HERE.codec, ()) == []


def test_a_refusal_is_an_answer_and_what_follows_is_asked_all_the_same():
    wrong = Step("decode", np.full((BOOKS, 1), 16, np.int64), wrong=True)
    (refused, taken) = play(HERE.codec, (wrong, CODES))
    assert refused.output is None
    assert "wanted 0 to 15" in str(refused.refusal)
    assert taken.output is not None
    assert Here("lenient").play((wrong,))[0].refusal is None


def test_what_must_be_refused_is_not_held_to_a_shape():
    short = Step("decode", CODES.given, wrong=True)
    assert "returned PCM of shape (79,)" in str(Here("short").play((CODES,))[0].refusal)
    (answer,) = Here("short").play((short,))
    assert answer.output is not None
    assert answer.output.shape == (SIZE - 1,)


def test_a_codec_without_a_flush_refuses_it():
    assert play(HERE.codec, (Step(FLUSH, Side.DECODER),)) == [CallAnswer(refusal="it has no flush()")]


def test_what_is_given_is_not_changed_by_who_writes_into_it():
    class Writes:
        info = HERE.info

        def open(self):
            class Instance:
                def encode(self, pcm):
                    pcm[:] = 9
                    return np.zeros((BOOKS, 1), np.int64)

            return Instance()

    step = Step("encode", np.zeros(SIZE, np.float32))
    play(Writes(), (step, step))  # type: ignore[arg-type]
    assert not np.asarray(step.given).any()


def test_a_codec_is_made_once_in_a_process_for_each_adapter_with_its_options():
    one, same = Implementation.of(DELTA, {"faults": ""}), Implementation.of(DELTA, {"faults": ""})
    codec_of.cache_clear()
    assert codec_of(one) is codec_of(same)
    assert codec_of(Implementation.of(DELTA, {"faults": "loss"})) is not codec_of(one)


def test_a_player_counts_its_calls_and_tells_of_the_end_of_its_process():
    with Player(Implementation.of(DELTA, {"faults": "dies"}), 60) as found:
        assert found.info == Here("dies").info
        assert [answer.refusal for answer in found.play((CODES, CODES))] == [None, None]
        (died,) = found.play((CODES, GONE))
        assert str(died.died).startswith("ended its worker process")
        assert len(found.play((CODES,))) == 1  # in a new one
        assert found.calls == 5


def test_what_cannot_be_loaded_says_why():
    with pytest.raises(CodecUnavailable, match="no_such_module"):
        Player(Implementation.of("no_such_module:Codec", {}), 60)
    with pytest.raises(CodecUnavailable, match=r"'planted\.fatal:LoadsFatally': loading it fails"):
        Player(Implementation.of("planted.fatal:LoadsFatally", {}), 60)
