"""
The laws that every codec of the harness keeps, as functions that raise if one is broken.

`speech` and `other` are whole frames at the codec's rate, loud from the first frame, `FRAMES` of them: within the
attention context of every built-in codec, so that any way of cutting a stream into calls gives the same codes.

This is an independent oracle: it imports nothing from `harness.check`, which states the same laws for users. Were they
one piece of code, a mistake in it would pass every codec and every test of the check alike. The built-in codecs and the
adapters of the documentation are held to these; `tests/check` holds `harness.check` to planted faults.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codec, Codes, Instance, Side, decode_whole, encode_whole
from harness.errors import HarnessError

FRAMES = 20
HALF = 8
CHUNKS = (2, 7, FRAMES)


def encode(codec: Codec, instance: Instance, pcm: Samples, frames: int = 1) -> Codes:
    step = frames * codec.info.frame_size
    return np.concatenate([instance.encode(pcm[at : at + step]) for at in range(0, len(pcm), step)], axis=1)


def decode(instance: Instance, codes: Codes, frames: int = 1) -> Samples:
    return np.concatenate([instance.decode(codes[:, at : at + frames]) for at in range(0, codes.shape[1], frames)])


def output_has_the_promised_form(codec: Codec, speech: Samples, _: Samples) -> None:
    info, instance = codec.info, codec.open()
    for chunk in (1, 5):
        for start in range(0, FRAMES, chunk):
            codes = instance.encode(speech[start * info.frame_size : (start + chunk) * info.frame_size])
            assert codes.shape == (info.codebooks, chunk), f"codes of shape {codes.shape}"
            assert codes.dtype == np.int64, f"codes of type {codes.dtype}"
            assert codes.min() >= 0, "negative codes"
            assert codes.max() < info.bins, "codes beyond the bins"
            pcm = instance.decode(codes)
            assert pcm.shape == (chunk * info.frame_size,), "samples out = samples in"
            assert pcm.dtype == np.float32, f"samples of type {pcm.dtype}"
            assert np.isfinite(pcm).all(), "NaN or infinite samples"


def chunked_equals_whole(codec: Codec, speech: Samples, _: Samples) -> None:
    codes, pcm = _reference(codec, speech)
    np.testing.assert_array_equal(encode_whole(codec, speech), codes)
    np.testing.assert_allclose(decode_whole(codec, codes), pcm, rtol=0, atol=codec.info.tolerance)
    for chunk in CHUNKS:
        np.testing.assert_array_equal(encode(codec, codec.open(), speech, chunk), codes, err_msg=f"{chunk=}")
        chunked = decode(codec.open(), codes, chunk)
        np.testing.assert_allclose(chunked, pcm, rtol=0, atol=codec.info.tolerance, err_msg=f"{chunk=}")


def same_input_same_output(codec: Codec, speech: Samples, _: Samples) -> None:
    for first, second in zip(_reference(codec, speech), _plainly(codec, speech), strict=True):
        np.testing.assert_array_equal(first, second)


def calls_leave_their_arguments_alone(codec: Codec, speech: Samples, _: Samples) -> None:
    instance, given = codec.open(), speech.copy()
    codes = encode(codec, instance, given)
    np.testing.assert_array_equal(given, speech)
    given_codes = codes.copy()
    decode(instance, given_codes)
    np.testing.assert_array_equal(given_codes, codes)


def clone_continues_and_is_independent(codec: Codec, speech: Samples, other: Samples) -> None:
    codes, pcm = _reference(codec, speech)
    other_codes = encode(codec, codec.open(), other)
    size = codec.info.frame_size
    for used in (0, HALF):  # before use, and mid-stream
        source = codec.open()
        if used:
            encode(codec, source, speech[: used * size])
            decode(source, codes[:, :used])
        clone, idle = source.clone(), source.clone()
        # The clone hears other speech first: if it shares anything, its source now continues wrongly.
        encode(codec, clone, other)
        decode(clone, other_codes)
        for name, instance in (("source", source), ("clone", idle)):
            message = f"{name}, cloned after {used} frames"
            np.testing.assert_array_equal(
                encode(codec, instance, speech[used * size :]), codes[:, used:], err_msg=message
            )
            np.testing.assert_array_equal(decode(instance, codes[:, used:]), pcm[used * size :], err_msg=message)


def reset_equals_fresh(codec: Codec, speech: Samples, other: Samples) -> None:
    codes, pcm = _reference(codec, speech)
    for side in Side:
        instance = _used(codec, other)
        instance.reset(side)
        if side is not Side.DECODER:
            np.testing.assert_array_equal(encode(codec, instance, speech), codes, err_msg=f"{side=}")
        if side is not Side.ENCODER:
            np.testing.assert_array_equal(decode(instance, codes), pcm, err_msg=f"{side=}")


def reset_of_one_side_leaves_the_other(codec: Codec, speech: Samples, other: Samples) -> None:
    codes, _ = _reference(codec, speech)
    untouched = _used(codec, other)
    expected_codes, expected_pcm = encode(codec, untouched, speech), decode(untouched, codes)
    instance = _used(codec, other)
    instance.reset(Side.DECODER)
    np.testing.assert_array_equal(encode(codec, instance, speech), expected_codes)
    instance = _used(codec, other)
    instance.reset(Side.ENCODER)
    np.testing.assert_array_equal(decode(instance, codes), expected_pcm)


def sides_do_not_disturb_each_other(codec: Codec, speech: Samples, other: Samples) -> None:
    codes, pcm = _reference(codec, speech)
    instance, size, heard = codec.open(), codec.info.frame_size, []
    for frame in range(FRAMES):
        instance.encode(other[frame * size : (frame + 1) * size])
        heard.append(instance.decode(codes[:, frame : frame + 1]))
    np.testing.assert_array_equal(np.concatenate(heard), pcm)
    instance, sent = codec.open(), []
    for frame in range(FRAMES):
        instance.decode(codes[:, -1 - frame][:, np.newaxis])
        sent.append(instance.encode(speech[frame * size : (frame + 1) * size]))
    np.testing.assert_array_equal(np.concatenate(sent, axis=1), codes)


def instances_share_nothing(codec: Codec, speech: Samples, other: Samples) -> None:
    codes, pcm = _reference(codec, speech)
    other_codes = encode(codec, codec.open(), other)
    mine, theirs, size = codec.open(), codec.open(), codec.info.frame_size
    for frame in range(FRAMES):
        part = slice(frame * size, (frame + 1) * size)
        theirs.encode(other[part])
        np.testing.assert_array_equal(mine.encode(speech[part]), codes[:, frame : frame + 1])
        theirs.decode(other_codes[:, frame : frame + 1])
        np.testing.assert_array_equal(mine.decode(codes[:, frame : frame + 1]), pcm[part])


def illegal_chunks_are_refused(codec: Codec, speech: Samples, _: Samples) -> None:
    info, instance = codec.info, codec.open()
    codes = instance.encode(speech[: info.frame_size])
    bad_pcm = (speech[: info.frame_size - 1], speech[:0], speech[: info.frame_size].reshape(1, -1))
    bad_codes = (codes[:, :0], codes[0], np.concatenate([codes, codes]), np.full_like(codes, info.bins))
    calls: list[tuple[Callable[[Any], Any], Any]] = [(instance.encode, bad) for bad in bad_pcm]
    for call, bad in [*calls, *((instance.decode, bad) for bad in bad_codes)]:
        with pytest.raises(HarnessError, match=r"got .*wanted"):
            call(bad)
    rest = speech[info.frame_size :]
    fresh = codec.open()
    fresh.encode(speech[: info.frame_size])
    np.testing.assert_array_equal(encode(codec, instance, rest), encode(codec, fresh, rest), err_msg="after an error")


def state_is_a_copy(codec: Codec, speech: Samples, _: Samples) -> None:
    codes, pcm = _reference(codec, speech)
    instance, size = codec.open(), codec.info.frame_size
    encode(codec, instance, speech[: HALF * size])
    decode(instance, codes[:, :HALF])
    state = instance.state()
    assert bool(state) == codec.info.stateful, "state of a stateless codec, or none of a stateful one"
    assert all(name.startswith(("encoder/", "decoder/")) for name in state), "state of neither side"
    for array in state.values():
        array.fill(1)
    np.testing.assert_array_equal(encode(codec, instance, speech[HALF * size :]), codes[:, HALF:])
    np.testing.assert_array_equal(decode(instance, codes[:, HALF:]), pcm[HALF * size :])


def state_shows_which_side_worked(codec: Codec, speech: Samples, _: Samples) -> None:
    instance = codec.open()
    codes = instance.encode(speech[: codec.info.frame_size])
    before = codec.open().state()
    after_encode = instance.state()
    instance.decode(codes)
    after_both = instance.state()
    for worked, changed in (
        ("encoder", _changed(before, after_encode)),
        ("decoder", _changed(after_encode, after_both)),
    ):
        assert changed == ({worked} if codec.info.stateful else set()), f"{worked} worked, {changed} changed"


def delay_is_as_declared(codec: Codec, speech: Samples, _: Samples) -> None:
    info = codec.info
    pcm = decode(codec.open(), encode(codec, codec.open(), speech))
    lag = int(correlate(pcm, speech, method="fft").argmax()) - (len(speech) - 1)
    assert abs(lag - info.delay) <= info.sample_rate // 1000, f"measured {lag} samples, declared {info.delay}"


Law = Callable[[Codec, Samples, Samples], None]

LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        output_has_the_promised_form,
        chunked_equals_whole,
        same_input_same_output,
        calls_leave_their_arguments_alone,
        clone_continues_and_is_independent,
        reset_equals_fresh,
        reset_of_one_side_leaves_the_other,
        sides_do_not_disturb_each_other,
        instances_share_nothing,
        illegal_chunks_are_refused,
        state_is_a_copy,
        state_shows_which_side_worked,
        delay_is_as_declared,
    )
}


_REFERENCES: dict[tuple[int, bytes], tuple[Codec, Codes, Samples]] = {}


def _reference(codec: Codec, speech: Samples) -> tuple[Codes, Samples]:
    """The plainest use, frame by frame on fresh instances: computed once for all laws."""
    key = id(codec), speech.tobytes()
    if key not in _REFERENCES:
        _REFERENCES[key] = codec, *_plainly(codec, speech)  # the codec is kept so that its id stays its own
    _, codes, pcm = _REFERENCES[key]
    return codes, pcm


def _plainly(codec: Codec, speech: Samples) -> tuple[Codes, Samples]:
    codes = encode(codec, codec.open(), speech)
    return codes, decode(codec.open(), codes)


def _used(codec: Codec, other: Samples) -> Instance:
    instance = codec.open()
    decode(instance, encode(codec, instance, other))
    return instance


def _changed(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> set[str]:
    # A library may make its caches at first use: an array that was not there has changed.
    names = before.keys() | after.keys()
    same = {name for name in before.keys() & after.keys() if np.array_equal(before[name], after[name])}
    return {name.partition("/")[0] for name in names - same}
