"""
Shards: a run dealt out to several machines, each of which leaves a run of its part and says which part of what it is.

Cells are dealt by utterance, so that all setups of one are traced together and each is beside its reference. The other
speech of an utterance stays that of the whole suite, so a cell is the same cell wherever it is computed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.audio.speech import Utterance
from harness.errors import RecordInvalid, UsageInvalid
from harness.files.given import is_file
from harness.record import Sealed, load
from harness.runs.repeating import Repeat

SLIP = "shard.json"
MOST = 10_000


@dataclass(frozen=True)
class Shard:
    """Part *number* (from 1) of *of* parts."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shard that *text* such as "2/5" names; raise `UsageInvalid`."""
        found = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", text)
        number, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= of <= MOST:
            raise UsageInvalid(f"shard: got {text[:40]!r}, wanted NUMBER/OF such as 2/5, with NUMBER from 1 to OF")
        return cls(number, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def of_speech(self, utterances: Sequence[Utterance]) -> dict[str, int]:
        """Return `deal` of *utterances*, in as many shards as this one is of."""
        return deal({utterance.id: utterance.seconds for utterance in utterances}, self.of)


class Slip(Sealed):
    """
    Which shard of what a run is: `shard.json` beside its `run.json`.

    run : the key of the run here; whole : that of the run of all shards
    dealt : the number of the shard of every utterance, in the order of the suite
    repeats : how repeating went, of the codecs for which it fell to this shard
    unusable : why codecs could not be used, by name
    unspoken : what of the folder of speech is no speech, in words
    no_pesq : PESQ was left out
    """

    number: int
    of: int
    run: str
    whole: str
    dealt: dict[str, int]
    repeats: tuple[Repeat, ...] = ()
    unusable: dict[str, str]
    unspoken: tuple[str, ...] = ()
    no_pesq: bool = False

    @property
    def shard(self) -> Shard:
        """The shard that it is."""
        return Shard(self.number, self.of)


def deal(seconds: dict[str, float], of: int) -> dict[str, int]:
    """
    Return which shard (from 1) each utterance falls to, in the order of *seconds*, its length in seconds by id.

    The longest first, each to the shard that has the least so far (Graham 1969): the fullest shard has at most 4/3 of
    what the best deal gives. It depends on nothing else, so all machines deal alike.
    Raises `UsageInvalid` if there are more shards than utterances.
    """
    if of > len(seconds):
        raise UsageInvalid(
            f"shard: got {of} shards, wanted at most {len(seconds)}: speech is dealt by utterance, and the suite has "
            "no more of them"
        )
    full = [0.0] * of
    dealt = dict.fromkeys(seconds, 0)
    for utterance in sorted(seconds, key=lambda each: -seconds[each]):
        least = full.index(min(full))
        full[least] += seconds[utterance]
        dealt[utterance] = least + 1
    return dealt


def slip_of(folder: Path) -> Slip | None:
    """Return the slip in the run's *folder*; None if it is no shard, or its slip is damaged."""
    if not is_file(folder / SLIP):
        return None
    try:
        return load(folder / SLIP, Slip, sealed=True)
    except RecordInvalid:
        return None


def refuse_shard(folder: Path) -> None:
    """Raise `RecordInvalid` if the run in *folder* is a shard, and so no run of its suite."""
    if is_file(folder / SLIP):
        slip = load(folder / SLIP, Slip, sealed=True)
        raise RecordInvalid(f"{folder}: is shard {slip.shard} of a run; merge all: codec-harness merge FOLDER...")
