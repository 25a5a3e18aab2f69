"""The guard around foreign code: what it raises becomes one line, and only a real Ctrl-C passes."""

import signal

import numpy as np
import pytest
from planted import odd

from harness.codecs.pcm import PcmCodec
from harness.codecs.returned import as_codes, as_pcm, as_state, checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed

INFO = PcmCodec().info


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (odd.StrRaises(), "it raised StrRaises: (its message cannot be read)"),
        (odd.StrIsEvil(), "it raised StrIsEvil: evil"),
        (odd.Nameless("x"), "it raised Nameless: x"),
        (odd.Shapeless(1, 2), "it: (its message cannot be read)"),
        (GeneratorExit("g"), "it raised GeneratorExit: g"),
        (SystemExit(3), "it raised SystemExit: 3"),
        (CodecFailed("a\nb"), "it: a b"),
        (ValueError("\udc80"), "it raised ValueError: \\udc80"),
    ],
    ids=["raises", "evil", "nameless", "shapeless", "generator-exit", "exit", "lines", "surrogate"],
)
def test_whatever_is_raised_is_one_line(error, said):
    def fail():
        raise error

    with pytest.raises(CodecFailed) as caught:
        guarded("it", fail)
    assert str(caught.value) == said
    assert caught.value.__cause__ is None


def test_a_long_message_is_cut():
    with pytest.raises(CodecFailed) as caught:
        guarded("it", lambda: odd.failing(lambda: ValueError("y" * 10**6))())
    assert len(str(caught.value)) < 600
    assert str(caught.value).endswith("yyy...")


def test_a_ctrl_c_passes_and_one_that_a_worker_cannot_have_does_not():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded("it", interrupt)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(CodecFailed, match="it raised KeyboardInterrupt"):
            guarded("it", interrupt)
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_no_array_of_its_kind_is_refused():
    for make, wrong in (
        (as_codes, [np.zeros(3), np.zeros(3, bool), ["1"], np.ma.zeros(3, int), None, [10**30]]),
        (as_pcm, [np.zeros(3, complex), np.zeros(3, bool), ["1.0"], np.ma.zeros(3), None, b"xx"]),
        (as_state, [[1], {1: np.zeros(3)}, {"a": None}, {"a": ["x"]}]),
    ):
        for value in wrong:
            with pytest.raises(CodecFailed, match=r"^returned .*wanted"):
                make(value)


def test_what_is_right_is_handed_on_as_it_is():
    codes = np.zeros((320, 1), np.int32)
    assert as_codes(codes) is codes
    assert checked_codes(codes, INFO, 1, "it").dtype == np.int64
    assert list(as_state({"encoder/x": 1.0})) == ["encoder/x"]
    with pytest.raises(CodecFailed, match="it returned NaN or infinite samples, the first in frame 5"):
        checked_pcm(np.full(320, 1e300), INFO, 5, 1, "it")
