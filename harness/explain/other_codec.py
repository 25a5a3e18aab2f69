"""Where two codecs diverge in a call: the same call made on newly opened instances of both, which have no past."""

from functools import partial

from harness.codecs.protocol import Codec, Side, with_rest
from harness.codecs.returned import guarded
from harness.errors import CodecFailed
from harness.explain.parted import Answer, Origin, Parted, made_again
from harness.explain.replay import Array, Replay, first_difference, flushed
from harness.topology.ending import close
from harness.topology.plan import Decode, Encode
from harness.topology.trace import Trace


def other_codec(parted: Parted) -> Answer:
    """Make both calls on newly opened instances, and on such as are reset first: an opened one may be a used one."""
    one, two = parted.calls
    codecs = parted.reference.codec, parted.suspect.codec
    if codecs[0] is None or codecs[1] is None or (one.start, one.stop) != (two.start, two.stop):
        return None, "Whether the call itself or state that is not shown makes the difference cannot be told."
    fresh, cleared = [], []
    for replay, codec, call in ((parted.reference, codecs[0], one), (parted.suspect, codecs[1], two)):
        fresh.append(_on_opened(replay, codec, call, parted.expected))
        try:
            cleared.append([_on_opened(replay, codec, call, parted.expected, reset=True) for _ in range(2)])
        except CodecFailed:
            continue  # it cannot be reset, and what follows says so
        if _differ(fresh[-1], cleared[-1][0], parted.tolerance):
            return _used_before(parted, replay, cleared)
    if not _differ(fresh[0], fresh[1], parted.tolerance):
        return None, (
            "On newly opened instances of the two codecs that same call gives the same, so it needs some past; whether "
            "that is state that is not shown cannot be told, since the codecs are two."
        )
    differs = "On newly opened instances of the two codecs that same call differs too"
    if len(cleared) < len(fresh):
        return None, (
            f"{differs}. One of them cannot be reset, so whether the difference arises in the call, or an earlier "
            "stream left something in what was opened, cannot be told."
        )
    return Origin.CALL, (
        f"{differs}, also if they are reset first, so it needs no past: the difference arises in the call itself."
    )


def _used_before(parted: Parted, replay: Replay, cleared: list[list[Array]]) -> Answer:
    """Tell of a *replay* whose newly opened instances give something else than those that were reset first."""
    said = f"A newly opened instance of {replay.name} gives another output for that call than one that is reset first"
    first, second = cleared[-1]
    if _differ(first, second, parted.tolerance):
        return None, f"{said}, which does not give the same twice: that is chance, or what ran before."
    return Origin.LEFT_BEHIND, (
        f"{said}: it begins with what an earlier stream left, as in a slot of a server that is not reset when it is "
        "taken, or its reset leads to another state than that of a new instance."
    )


def _on_opened(replay: Replay, codec: Codec, call: Encode | Decode, trace: Trace, *, reset: bool = False) -> Array:
    """Return what *call* gives on an instance that is opened for it, and maybe *reset*; it is closed again."""
    instance = guarded("open", codec.open)
    if reset:
        guarded("reset(both)", partial(instance.reset, Side.BOTH))
    made = made_again(replay, instance, call, trace)
    if isinstance(call, Decode) and not flushed(call):
        made = with_rest([made], instance, replay.info)
    close(instance)
    return made


def _differ(one: Array, two: Array, tolerance: float) -> bool:
    return first_difference(one.reshape(1, -1), two.reshape(1, -1), tolerance) is not None
