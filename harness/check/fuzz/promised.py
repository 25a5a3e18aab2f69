"""Which calls a codec promises to do rightly, by the laws about them; the search asks for no others."""

from collections.abc import Iterable

from harness.check.subject import Subject
from harness.codecs.protocol import Side

CLONES = ("clone-continues", "clone-independent")
SNAPSHOTS = ("snapshot-restores",)
RESETS = {  # a reset of one side must also leave the other alone
    Side.ENCODER: ("reset-encoder", "reset-one-side"),
    Side.DECODER: ("reset-decoder", "reset-one-side"),
    Side.BOTH: ("reset-encoder", "reset-decoder"),
}


def promises(subject: Subject, laws: Iterable[str]) -> bool:
    """Return whether the codec takes back none of *laws*."""
    return not any(law in subject.promises_not for law in laws)
