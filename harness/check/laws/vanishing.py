"""The law of streams that vanish: what a client leaves whose connection is gone, and that nobody has closed."""

import time

from harness.check.finding import NotApplicable, Violation
from harness.check.laws.ending import USED
from harness.check.subject import Subject
from harness.codecs.optional import Aborts
from harness.codecs.protocol import Instance
from harness.codecs.returned import guarded
from harness.errors import CodecFailed
from harness.topology import ending

BESIDE = 4  # streams at once, if there is room
VANISHED, MOST = 20, 200  # streams that vanish: one more than there are places, if that is declared, within these
FRAMES = 8  # that each stream is given, of the speech under test and then of other speech
PATIENCE = 5.0  # s until the place of a stream that vanished is free again: its end has to be noticed
SETTLING = 0.05  # s


def aborted(subject: Subject) -> Violation | None:
    """Check that streams that vanish leave nothing to those that come after them, and that their places are free."""
    if not isinstance(subject.open(), Aborts):
        raise NotApplicable("instances have no abort(): there is no connection to drop")
    _ = subject.codes, subject.pcm, subject.other_pcm()
    streams = _as_many_as_fit(subject)
    beside = len(streams)
    if trouble := _used(subject, streams, "a stream beside others"):
        return trouble
    for stream in streams:  # so that what a close leaves is not said of those who vanish
        ending.close(stream)
    streams = [subject.open() for _ in range(beside)]
    if trouble := _used(subject, streams, "a stream after others were closed"):
        return trouble
    wanted = min(max(VANISHED, (subject.codec.room.capacity or 0) + 1), MOST)
    for vanished in range(beside, wanted + beside, beside):
        for stream in streams:
            _vanish(stream)
        time.sleep(SETTLING)
        streams, trouble = _room_again(subject, beside, f"{vanished} streams")
        trouble = trouble or _used(subject, streams, f"a stream after {vanished} others have vanished")
        if trouble:
            return trouble
    return _after_little_use(subject, streams, wanted)


def _after_little_use(subject: Subject, streams: list[Instance], wanted: int) -> Violation | None:
    """Check that there is room again after *streams* vanish that had no call, or calls on one side alone."""
    beside = len(streams)
    for used, how in USED.items():
        for vanished in range(beside, wanted + beside, beside):
            for stream in streams:
                for verb in used:
                    getattr(subject, verb)(stream, 0, 1)
                _vanish(stream)
            time.sleep(SETTLING)
            streams, trouble = _room_again(subject, beside, f"{vanished} streams {how}")
            if trouble:
                return trouble
    return None


def _room_again(subject: Subject, beside: int, who: str) -> tuple[list[Instance], Violation | None]:
    """Open as many streams as there were, after *who* have vanished; tell if there is no room for them."""
    streams: list[Instance] = []
    while len(streams) < beside:
        try:
            streams.append(_opened(subject))
        except CodecFailed as error:
            fewer = f"there is room for {len(streams)} at once, where there was for {beside}"
            return streams, Violation(f"after {who} have vanished {fewer}: {error}")
    return streams, None


def _as_many_as_fit(subject: Subject) -> list[Instance]:
    streams = [subject.open()]
    while len(streams) < BESIDE:
        try:
            streams.append(subject.open())
        except CodecFailed:
            break
    return streams


def _opened(subject: Subject) -> Instance:
    """Open an instance; one that is refused is asked for again, as the end of those before may not be noticed yet."""
    begun = time.monotonic()
    while True:
        try:
            return subject.open()
        except CodecFailed:
            if time.monotonic() - begun > PATIENCE:
                raise
        time.sleep(SETTLING)


def _used(subject: Subject, streams: list[Instance], who: str) -> Violation | None:
    """Give each stream the speech under test, which is compared, and then other speech, which it is left with."""
    for stream in streams:
        if trouble := subject.stream_off(stream, 0, FRAMES, who):
            return trouble
        subject.encode(stream, 0, FRAMES, stream="other")
        subject.decode(stream, 0, FRAMES, stream="other")
    return None


def _vanish(stream: Instance) -> None:
    assert isinstance(stream, Aborts)  # noqa: S101 - the first one is
    guarded("abort", stream.abort)
