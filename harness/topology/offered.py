"""What wirings of several streams need of a codec beside its instances; one that lacks it is not asked for them."""

from harness.codecs.optional import BatchCodec, Connects, SlotCodec
from harness.codecs.protocol import OfflineCodec
from harness.codecs.sealed import SealedCodec
from harness.topology.model import Topology
from harness.topology.plan import Clone, Decode, Encode, Open, plan

FRAMES = 100  # of a stream in which all that happens on the way does


def not_offered(topology: Topology, codec: SealedCodec) -> str | None:
    """Return what *codec* has not that *topology* needs; None if it has all, as far as is known before it runs."""
    name, sessions = codec.info.name, topology.sessions
    if topology.slots.rows and not isinstance(codec, SlotCodec):
        return f"slots.rows = {topology.slots.rows}: the codec {name} has no slots (open_slots)"
    if topology.batch > 1 and not isinstance(codec, BatchCodec):
        return f"batch = {topology.batch}: the codec {name} has no batched calls (open_batch)"
    at_once = sessions.count and sessions.how == "at-once"
    if at_once and not codec.thread_safe and not isinstance(codec, Connects):
        return (
            f"sessions.count = {sessions.count}: the codec {name} does not say that its instances may be used in "
            "several threads (thread_safe); sessions.how = 'in-turn' needs none"
        )
    return no_room(topology, codec.room.capacity, offline=isinstance(codec, OfflineCodec))


def no_room(topology: Topology, capacity: int | None, *, offline: bool) -> str | None:
    """
    Return that *topology* needs more streams at once than *capacity*, and how many: all are kept to its end.

    offline : whether the codec has offline calls; without, a call outside streaming takes a place while it lasts
    """
    if capacity is None:
        return None
    made, wanted = 0, topology.streams
    for step in plan(topology, FRAMES):
        made += isinstance(step, Open | Clone)
        passing = isinstance(step, Encode | Decode) and step.instance is None and not offline
        wanted = max(wanted, made + passing)
    return f"it needs {wanted} streams at once, and the codec has room for {capacity}" if wanted > capacity else None
