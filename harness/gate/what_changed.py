"""
Why a cell is not what was accepted: another codec, late frames, another wiring's output, the first frame and side.

Explanation only: nothing here decides whether a cell passes, except that one whose codec declares something else fails.
"""

from harness.gate.baseline import MACHINE_PACKAGES, AcceptedCell, AcceptedCodec
from harness.gate.context import Context
from harness.record import Cell, CodecRecord


def declares_otherwise(now: CodecRecord, before: AcceptedCodec | None) -> list[str]:
    """Say how the codec declares to be something else than was accepted."""
    if before is None:
        return [f"the codec {now.name} was never accepted; accept it with --codec-update"]
    declared = [
        f"{name} is {getattr(now, name)}, accepted {getattr(before, name)}"
        for name in ("codebooks", "bins", "sample_rate", "frame_size", "delay")
        if getattr(now, name) != getattr(before, name)
    ]
    return [f"{now.name} declares something else than was accepted: {'; '.join(declared)}"] if declared else []


def another_codec(now: CodecRecord, before: AcceptedCodec | None) -> list[str]:
    """Say how weights, options or library differ; nothing if the codec only runs elsewhere, or on more threads."""
    if before is None:
        return []
    threads = other_threads(now, before)
    differing = [pair for pair in differing_parts(now.fingerprint, before.fingerprint) if pair != threads]
    what = "; ".join(f"{new} instead of {old}" for new, old in differing[:3])
    return [f"{now.name} is another codec than was accepted (weights, options or library differ): {what}"] * bool(what)


def other_threads(now: CodecRecord, before: AcceptedCodec | None) -> tuple[str, str] | None:
    """Return the number of threads now and when accepted, if that is a part in which the fingerprints differ."""
    count = now.options.get("threads")
    if count is None or before is None:
        return None
    pairs = differing_parts(now.fingerprint, before.fingerprint)
    return next((pair for pair in pairs if pair[0] == str(count) and pair[1].isdigit()), None)


def differing_parts(now: str, before: str) -> list[tuple[str, str]]:
    """
    Return the parts of two fingerprints (between colons) that differ.

    Versions of the libraries that decide the class of machine are left out: another one is another machine.
    """
    new, old = now.split(":"), before.split(":")
    if len(new) != len(old):
        return [(now, before)]
    return [
        (a, b) for a, b in zip(new, old, strict=True) if a != b and (_library(a) is None or _library(a) != _library(b))
    ]


def _library(part: str) -> str | None:
    name, _, version = part.rpartition("-")
    return name if name in MACHINE_PACKAGES and version[:1].isdigit() else None


def explanation(context: Context, cell: Cell, accepted: AcceptedCell, codec: str, digits: str) -> list[str]:
    """Say whether another setup is known to give just this, whether it is late, and last where it begins to differ."""
    now = (cell.codes_sha256 or "")[:16], (cell.pcm_sha256 or "")[:16]
    found = []
    same = [
        name
        for name, setup in context.baseline.setups.items()
        if name != cell.setup and (other := setup.utterances.get(cell.utterance)) and (other.codes, other.pcm) == now
    ]
    if same:
        found.append(f"its output is now bit for bit what {same[0]} gave when it was accepted")
    side = (
        "the codes are those accepted, so it is the decoder's side" if accepted.codes == now[0] else "the codes differ"
    )
    frame = first_difference(digits, accepted.frames)
    size = context.codecs[codec].frame_size / context.codecs[codec].sample_rate
    where = (
        f"decoded audio differs from frame {frame} ({frame * size:.2f} s) on"
        if frame is not None
        else "no whole frame of audio differs"
    )
    late = shifted(digits, accepted.frames)
    if late:
        by = f"{abs(late)} frame{'s' * (abs(late) > 1)} ({1000 * abs(late) * size:.0f} ms)"
        found.append(f"the accepted frames come {by} {'late' if late > 0 else 'early'}")
    found.append(f"{where}; {side}")
    return found


def first_difference(now: str, before: str) -> int | None:
    """Return the first frame at which two rows of frame characters differ; None if they do not."""
    for place, (one, other) in enumerate(zip(now, before, strict=False)):
        if one != other:
            return place
    return min(len(now), len(before)) if len(now) != len(before) else None


def shifted(now: str, before: str, most: int = 8) -> int:
    """Return by how many frames *now* is *before* come late (early if below 0), if nearly all of it is; else 0."""
    for shift in (step * sign for step in range(1, most + 1) for sign in (1, -1)):
        pairs = list(zip(now[max(shift, 0) :], before[max(-shift, 0) :], strict=False))
        if len(pairs) > most and sum(one == other for one, other in pairs) > 0.8 * len(pairs):
            return shift
    return 0
