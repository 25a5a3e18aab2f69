"""
Whose samples, or whose state, was found in a stream that is not what it is alone.

Conventions
-----------
PCM is float32 (F * frame_size,), codes are int64 (K, F). Streams are known by number, a row or a session.

What is told was looked for among all streams and could have been found in none of them. A frame of the stream sounds
like another one's if the two correlate; as a control, what the stream gives alone is asked the same, since speech has
frames that are alike by chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codec, CodecInfo, Codes, Instance, Side
from harness.codecs.returned import guarded
from harness.errors import CodecFailed

ALIKE = 0.9  # cosine of two frames; unlike frames of speech reach it now and then, so the control has a say
ENOUGH = 3  # frames that are another stream's, and twice as many as by chance
NEARLY = 0.9  # of the most such frames: which of streams that come as near it is cannot be told
FEW = 2  # points of a stream that give the same; more are no evidence, as where all is silent
REPLAYED = 24  # frames whose past is made again, each from the beginning, where instances cannot be cloned
SILENT = 1e-5  # mean square of -50 dB; below, nothing is heard in a frame

Frames = npt.NDArray[np.float64]


def heard_in(got: Samples, alone: Samples, others: Mapping[int, Samples], ours: int, info: CodecInfo, seat: str) -> str:
    """
    Return in words which other stream's sound is in *got*, or which it may be, where some of the others say the same.

    An empty text if that cannot be told, as where it may be any of several.

    got : the stream *ours* as it came out; alone : what it gives alone; others : what each stream gives alone
    """
    size = info.frame_size
    frames = min(len(got), len(alone)) // size
    mine, expected = (_framed(pcm[: frames * size], size) for pcm in (got, alone))
    wrong = np.abs(mine - expected).max(axis=1, initial=0.0) > info.tolerance
    wrong &= _loud(mine) & (_cosine(mine, expected) < ALIKE)
    counts = {}  # of wrong frames that are what another stream gives, and of those that would be by chance
    for number, pcm in others.items():
        if number != ours:
            theirs = _framed(pcm[: len(pcm) // size * size], size)
            counts[number] = [int(_within(part[wrong], theirs).sum()) for part in (mine, expected)]
    most = max((found for found, _ in counts.values()), default=0)
    like = sorted(number for number, (found, _) in counts.items() if found >= NEARLY * most)
    if any(counts[number][0] < max(ENOUGH, 2 * counts[number][1] + 1) for number in like):
        return ""
    if not like or (len(like) > 1 and len(like) == len(counts)):
        return ""
    least, chance = min(counts[number][0] for number in like), max(counts[number][1] for number in like)
    which = f"{seat} {' or '.join(map(str, like))}"
    each = f"{least} of {int(wrong.sum())}" if least == most else f"{least} to {most} of {int(wrong.sum())}"
    return (
        f"{each} wrong frames are what {which} gives alone, somewhere in its stream ({chance} would be by chance): "
        f"{which} is heard in {seat} {ours}"
    )


@dataclass(frozen=True, eq=False)
class PastCall:
    """A call on *side* of a stream, what it was *given*, samples or codes of whole frames, and what it *gave*."""

    side: Side
    given: Any
    gave: Any


def state_of(
    codec: Codec, calls: Sequence[PastCall], streams: Sequence[tuple[Samples, Codes]]
) -> tuple[int, int] | None:
    """
    Return the place in *streams* whose past makes a call give what it gave, and after which of its frames.

    calls : the one in question, and some that follow it on the same side, which tell pasts apart that it does not
    streams : samples and codes that the other streams carried; their pasts are made again, from each frame on
    None if no past of any of them does it, or those of several do.
    """
    first: list[tuple[int, int]] = []
    further: list[tuple[int, int]] = []
    try:
        for place, (pcm, codes) in enumerate(streams):
            for frame, instance in enumerate(_at_each_point(codec, calls[0].side, pcm, codes)):
                if _gives(codec, instance, calls[0]):
                    first.append((place, frame))
                    if len(calls) > 1 and all(_gives(codec, instance, call) for call in calls[1:]):
                        further.append((place, frame))
    except CodecFailed:  # then it cannot be told
        return None
    found = further or first
    return found[0] if len({place for place, _ in found}) == 1 and len(found) <= FEW else None


def _gives(codec: Codec, instance: Instance, call: PastCall) -> bool:
    gave = _made(instance, call.side, call.given)
    tolerance = 0.0 if call.side is Side.ENCODER else codec.info.tolerance
    return bool(gave.shape == call.gave.shape and np.abs(gave - call.gave).max() <= tolerance)


def _at_each_point(codec: Codec, side: Side, pcm: Samples, codes: Codes) -> Iterator[Instance]:
    """Yield an instance after each frame of a stream: clones of one, or fresh ones where it cannot be cloned."""
    size = codec.info.frame_size
    pieces: list[Any] = [
        pcm[frame * size : (frame + 1) * size] if side is Side.ENCODER else codes[:, frame : frame + 1]
        for frame in range(codes.shape[1])
    ]
    instance = guarded("open", codec.open)
    for count, piece in enumerate(pieces, 1):
        _made(instance, side, piece)
        try:
            copy = guarded("clone", instance.clone)
        except CodecFailed:
            if count > REPLAYED:
                return
            copy = guarded("open", codec.open)
            for earlier in pieces[:count]:
                _made(copy, side, earlier)
        yield copy


def _made(instance: Instance, side: Side, given: Any) -> Any:
    if side is Side.ENCODER:
        return guarded("encode", lambda: instance.encode(given.copy()))
    return guarded("decode", lambda: instance.decode(given.copy()))


def _framed(pcm: Samples, size: int) -> Frames:
    return pcm.astype(np.float64).reshape(-1, size)


def _loud(frames: Frames) -> npt.NDArray[np.bool_]:
    return np.asarray(np.square(frames).mean(axis=1) > SILENT)


def _cosine(one: Frames, other: Frames) -> Frames:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray(np.einsum("ij,ij->i", one, other) / np.maximum(lengths, 1e-12))


def _within(frames: Frames, stream: Frames) -> npt.NDArray[np.bool_]:
    """Tell of each of *frames* whether it is like any loud one of *stream*."""
    stream = stream[_loud(stream)]
    if not len(stream) or not len(frames):
        return np.zeros(len(frames), dtype=np.bool_)
    unit = [part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-12) for part in (frames, stream)]
    return np.asarray((unit[0] @ unit[1].T).max(axis=1) >= ALIKE)
