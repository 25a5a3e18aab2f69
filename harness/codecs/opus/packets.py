"""The packets of Opus: how long they are at which bitrate, and what options and losses mean to them."""

from dataclasses import dataclass, field

from harness.errors import SuiteInvalid

FEWEST_BYTES = 3  # below this libopus sends empty packets and the decoder conceals: silence, without any error
LONGEST = 1275  # bytes that a packet of one frame can have
LONGEST_DTX = 2  # bytes of a packet that says "nothing to send"


@dataclass(frozen=True)
class Rates:
    """
    The bitrates that an encoder takes in turn, each for *every* frames; one, or two.

    longest : bytes that a packet has at most, at each of them
    """

    bitrates: tuple[int, ...]
    longest: tuple[int, ...]
    every: int

    @property
    def switch(self) -> bool:
        """Whether there are two."""
        return len(self.bitrates) > 1

    def at(self, frame: int) -> tuple[int, int]:
        """Return bitrate and longest packet of *frame*, counted from the beginning of the stream."""
        turn = frame // self.every % len(self.bitrates)
        return self.bitrates[turn], self.longest[turn]

    def __str__(self) -> str:
        return f"{self.bitrates[1]}:{self.every}:" if self.switch else ""


def rates(bitrate: int, other: int | None, every: int | None, frame_ms: float, vbr: bool) -> Rates:
    """
    Return *bitrate* alone, or in turn with *other* *every* so many frames of *frame_ms*.

    Raises `SuiteInvalid` for what is no whole number, if one of the two is missing or of no use, or if libopus cannot
    fill packets so short.
    """
    for name, value in (("bitrate", bitrate), ("switch_bitrate", other), ("switch_every", every)):
        if type(value) is not int and (value is not None or name == "bitrate"):
            raise SuiteInvalid(f"opus: {name} is {value!r:.60}, wanted a whole number")
    if other is None and every is None:
        return Rates((bitrate,), (_longest(bitrate, frame_ms, vbr),), 1)
    if other is None or every is None or every < 1 or other == bitrate:
        raise SuiteInvalid(
            f"opus: got switch_bitrate {other} and switch_every {every} at {bitrate} b/s, wanted another bitrate and "
            "frames, 1 or more, or neither"
        )
    return Rates((bitrate, other), tuple(_longest(rate, frame_ms, vbr) for rate in (bitrate, other)), every)


def _longest(bitrate: int, frame_ms: float, vbr: bool) -> int:
    packet = round(bitrate * frame_ms / 8000)
    if packet < FEWEST_BYTES:
        raise SuiteInvalid(
            f"opus: {bitrate} b/s in frames of {frame_ms:g} ms is {packet} bytes a packet, wanted {FEWEST_BYTES} or "
            "more; raise bitrate or frame_ms"
        )
    return min(2 * packet, LONGEST) if vbr else packet


@dataclass(frozen=True)
class Losses:
    """
    The options that change what packets and losses mean to an instance.

    lengths : bytes that a packet can have at constant bitrate
    """

    fec: bool
    dtx: bool
    vbr: bool
    concealment: str
    lengths: frozenset[int] = field(repr=False)  # said by the bitrate already, where this is a fingerprint

    def whole(self, length: int) -> bool:
        """Tell whether a packet of *length* bytes can be one."""
        return length in self.lengths or self.vbr or (self.dtx and length <= LONGEST_DTX)
