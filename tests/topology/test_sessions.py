"""Sessions at once: each as alone where instances share nothing; where they do, the session that differs is judged."""

import sys
import threading

import numpy as np
import pytest
from planted.ends import Places, Scratch
from short_speech import excerpts

from harness.audio.waveform import Waveform
from harness.codecs.loading import load
from harness.codecs.pcm import PcmInstance
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed, NotOffered
from harness.topology.catalogue import find
from harness.topology.exact import compare
from harness.topology.model import Sessions, Topology
from harness.topology.running import run_configuration
from harness.topology.sessions import Session, Threads
from harness.topology.setup import Configuration


@pytest.fixture(scope="module")
def speech():
    return excerpts(8_000)


def ran(codec, topology, speech: tuple[Waveform, Waveform], **changes):
    wired = find(topology).topology.model_copy(update=changes)
    configuration = Configuration(codec=CodecSpec(name="c", adapter="c", options={}), topology=wired)
    return run_configuration(configuration, codec, *speech, {})


def off(codec, topology, speech, **changes):
    """Return how our session differs from the plain use, and what is said of the sessions."""
    plain, ours = ran(codec, "shared", speech), ran(codec, topology, speech, **changes)
    return compare(ours.codes, ours.pcm, plain.codes, plain.pcm, codec.info.frame_size, codec.info.tolerance), ours


@pytest.mark.parametrize("topology", ["concurrent-2", "concurrent-4", "concurrent-8", "in-turn-4"])
@pytest.mark.parametrize("name", ["opus", "pcm"])
def test_each_session_is_as_alone(name, topology, speech):
    found, ours = off(load(name, {}), topology, speech)
    assert found.pcm_equal
    assert ours.said == ""
    count = find(topology).topology.sessions.count
    assert [one.row for one in ours.beside] == list(range(count - 1))
    assert len({one.pcm.tobytes() for one in ours.beside}) == count - 1  # each says something else


def test_calls_of_several_frames_change_nothing(speech):
    found, _ = off(load("opus", {}), "concurrent-3", speech, chunk=4)
    assert found.pcm_equal


@pytest.mark.parametrize("topology", ["concurrent-2", "concurrent-4"])
def test_a_shared_buffer_is_heard_at_once_and_not_in_turn(topology, speech):
    codec = Scratch(wait=0.0003)
    found, ours = off(codec, topology, speech)
    assert not found.within_tolerance
    assert f"of sessions 0 to {topology[-1:]}"[:-1] in ours.said
    assert "differs from the same stream alone" in ours.said
    in_turn, _ = off(codec, topology.replace("concurrent", "in-turn"), speech)
    assert in_turn.pcm_equal


def test_a_codec_that_does_not_say_that_it_may_is_not_used_in_threads(speech):
    codec = Scratch()
    codec.thread_safe = False
    with pytest.raises(NotOffered, match=r"not applicable: sessions.count = 2: the codec opus does not say"):
        ran(codec, "concurrent-2", speech)
    assert ran(codec, "in-turn-2", speech).said == ""


def test_more_sessions_than_there_is_room_for_do_not_apply(speech):
    class Threaded(Places):
        thread_safe = True

    codec = Threaded(places=2, declares=True)
    with pytest.raises(NotOffered, match="not applicable: it needs 3 streams at once, and the codec has room for 2"):
        ran(codec, "concurrent-3", speech)
    assert ran(codec, "concurrent-2", speech).said == ""
    assert codec.left == 2  # all are closed, those of what was not applicable too


def test_which_calls_meet_is_drawn_by_the_seed():
    def order(seed):
        said = []

        class Noting(PcmInstance):
            def __init__(self, number):
                super().__init__(info)
                self.number = number

            def encode(self, pcm):
                said.append((self.number, "e"))
                return np.zeros((1, len(pcm) // info.frame_size), np.int64)

            def decode(self, codes):
                said.append((self.number, "d"))
                return np.zeros(codes.shape[1] * info.frame_size, np.float32)

        info = load("opus", {}).info
        info = type(info)(**(vars(info) | {"codebooks": 1}))
        wired = Sessions(count=3, how="in-turn", seed=seed)
        speech = np.zeros(info.frame_size * 12, np.float32)
        session = Session([Noting(number) for number in range(3)], info, wired, 2, speech, 1)
        for _ in range(12):
            session.decode(session.encode(np.zeros(info.frame_size, np.float32)))
        session.beside()
        return said

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert {(number, side): order(3).count((number, side)) for number in range(3) for side in "ed"} == dict.fromkeys(
        [(number, side) for number in range(3) for side in "ed"], 12
    )


def test_calls_begin_together_and_what_one_raises_is_raised():
    threads, usual, met = Threads(3), sys.getswitchinterval(), threading.Barrier(3)
    threads.make(dict.fromkeys(range(3), lambda: met.wait(10.0)))  # each waits for the others, so all are on
    ended = []

    def fails():
        raise CodecFailed("session 1: encode raised")

    with pytest.raises(CodecFailed, match="session 1: encode raised"):
        threads.make({0: lambda: ended.append(0), 1: fails, 2: lambda: ended.append(2)})
    threads.close()
    assert sorted(ended) == [0, 2]
    assert sys.getswitchinterval() == usual


def test_a_session_that_fails_is_named(speech):
    class Failing(Scratch):
        def open(self):
            one = super().open()
            self.opened = getattr(self, "opened", 0) + 1
            if self.opened == 2:  # session 1 of the first run
                one.encode = lambda _: 1 / 0
            return one

    with pytest.raises(CodecFailed, match=r"^session 1: encode of frames 0 to 0 raised ZeroDivisionError"):
        ran(Failing(where=""), "concurrent-4", speech)


@pytest.mark.parametrize(
    ("wired", "words"),
    [
        ({"sessions": {"count": 1}}, "one session is alone"),
        ({"sessions": {"seed": 3}}, "sessions.count is 0"),
        ({"sessions": {"count": 2}, "batch": 2}, "no batch and no slots"),
        ({"sessions": {"count": 2}, "decoder": {"instance": "separate"}}, "decoder.instance = 'shared'"),
        ({"sessions": {"count": 2}, "encoder": {"dirty": True}}, "needs plain streaming calls, without encoder.dirty"),
        ({"sessions": {"count": 2}, "end": "no-flush"}, "needs one stream"),
        ({"sessions": {"count": 65}}, "less than or equal to 64"),
    ],
)
def test_what_cannot_be_is_refused(wired, words):
    with pytest.raises(ValueError, match=words):
        Topology.model_validate(wired)
