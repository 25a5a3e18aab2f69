"""
How a fault is planted: into a configuration, which becomes another one that is broken.

On samples, codes and calls it is planted by an adapter around the codec (`harness.sensitivity.planted`), so that it
works with any codec. What goes wrong between or before codecs is a wire, a signal path or a topology as everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from harness.codecs.protocol import CodecInfo, Codes, Side
from harness.sensitivity.window import PieceOfStream, Planted, Reals
from harness.topology.applicable import not_applicable
from harness.topology.setup import Configuration
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire

ADAPTER = "harness.sensitivity.planted:PlantedCodec"

OnNewSamples = Callable[[PieceOfStream, float], Reals]  # (window, size) -> new samples
OnNewCodes = Callable[[Codes, int, float, Planted, int], Codes]  # (codes, number of the first, size, place, bins)

EXAMPLE = Planted(at=1.0, seconds=2.0, seed=0, level=0.1, peak=0.5, rate=24_000, frame_size=480)


class Plant(Protocol):
    """A way to plant a fault."""

    @property
    def sides(self) -> tuple[str, ...]:
        """Where an explanation must find it: "input", "encoder", "wire", "decoder" or "end"."""

    def into(self, configuration: Configuration, fault: str, size: float, place: Planted) -> Configuration:
        """Return *configuration* with the *fault* of that size in it."""

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Return why it cannot be planted there; None if it can."""

    def comes_to(self, size: float, info: CodecInfo) -> object:
        """Return what a size is in a codec: the same for two sizes that are so many whole frames or codebooks."""


@dataclass(frozen=True)
class Around:
    """What all faults inside an adapter around the codec have in common."""

    @property
    def sides(self) -> tuple[str, ...]:
        """The side that it is on."""
        raise NotImplementedError

    def comes_to(self, size: float, info: CodecInfo) -> object:
        """Return the size: every one is another."""
        del info
        return size

    def into(self, configuration: Configuration, fault: str, size: float, place: Planted) -> Configuration:
        """Put the adapter around the codec."""
        options = {"fault": fault, "size": size, "place": vars(place)}
        spec = configuration.codec.around(ADAPTER, options)
        return configuration.model_copy(update={"codec": spec})

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Refuse codecs around which there is nothing to put."""
        del configuration, size
        if not info.encodes:
            return "a decoder alone is given codes; faults are planted on its wire only"
        return "the codec holds samples back, and the adapter around it does not" if info.start_up else None


@dataclass(frozen=True)
class OnSamples(Around):
    """
    *effect* on the samples before the encoder or after the decoder; it sees *memory* seconds of the past.

    of : seconds before the place from which it takes speech, so that there should be some; 0 if it takes none
    """

    effect: OnNewSamples
    memory: float = 0.0
    side: Side = Side.DECODER
    of: float = 0.0

    @property
    def sides(self) -> tuple[str, ...]:
        """Samples that are changed inside the adapter show on the side that it changes."""
        return (str(self.side),)


@dataclass(frozen=True)
class OnCodes(Around):
    """
    *effect* on the codes that the encoder gives.

    books : that there must be; counted : how many frames or codebooks of a codec a size is, if that decides
    """

    effect: OnNewCodes
    books: int = 1
    counted: Callable[[float, CodecInfo], int] | None = None

    def comes_to(self, size: float, info: CodecInfo) -> object:
        """Return how many frames or codebooks it is."""
        return size if self.counted is None else self.counted(size, info)

    @property
    def sides(self) -> tuple[str, ...]:
        """The codes are other ones already when they leave the encoder."""
        return (str(Side.ENCODER),)

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Refuse latents, which have no bins."""
        if info.continuous:
            return "its codes are latents, which have no bins"
        if info.codebooks < self.books:
            return f"it has {info.codebooks} codebooks, and the fault needs {self.books}"
        return super().obstacle(configuration, info, size)


@dataclass(frozen=True)
class OnCalls(Around):
    """Calls that do something else: *kind* names a class of `harness.sensitivity.planted.KINDS`."""

    kind: str
    where: tuple[str, ...]
    stateless: bool = False  # it breaks codecs without state too

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides whose calls or state it changes."""
        return self.where

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Refuse codecs without state."""
        if not info.stateful and not self.stateless:
            return "the codec has no state"
        return super().obstacle(configuration, info, size)


@dataclass(frozen=True)
class OnWire:
    """A faulty wire, of those that there are (`harness.topology.wire`); of one codebook only nothing is made."""

    make: Callable[[float, Planted], dict[str, Any]]
    books: int = 1
    untold: bool = False  # nothing tells the decoder, so it needs no concealment
    sides: tuple[str, ...] = ("wire",)

    def comes_to(self, size: float, info: CodecInfo) -> object:
        """Return the wire that is made of it."""
        return self.make(size, replace(EXAMPLE, rate=info.sample_rate, frame_size=info.frame_size))

    def into(self, configuration: Configuration, fault: str, size: float, place: Planted) -> Configuration:
        """Put the wire in."""
        del fault
        return configuration.model_copy(update={"wire": Wire(**self.make(size, place))})

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Refuse what the codec's codes have not, and setups that have a faulty wire already."""
        if configuration.wire.fault != "none":
            return "the setup has a faulty wire already"
        if info.codebooks < self.books and not info.continuous:
            return f"it has {info.codebooks} codebooks, and the fault needs {self.books}"
        probe = Wire(**self.make(size, EXAMPLE))
        return not_applicable(configuration.model_copy(update={"wire": probe}), info)


@dataclass(frozen=True)
class OnPath:
    """A faulty signal path before the encoder (`harness.topology.signal_path`), made for a sample rate in Hz."""

    make: Callable[[float, int], dict[str, Any]]
    sides: tuple[str, ...] = ("input",)

    def comes_to(self, size: float, info: CodecInfo) -> object:
        """Return the path that is made of it."""
        return self.make(size, info.sample_rate)

    def into(self, configuration: Configuration, fault: str, size: float, place: Planted) -> Configuration:
        """Put the path in."""
        del fault
        path = configuration.path.model_dump() | self.make(size, place.rate)
        return configuration.model_copy(update={"path": SignalPath.model_validate(path)})

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Refuse decoders alone, and setups that have a signal path of their own."""
        if configuration.path.source_rate is not None:
            return "the setup has a signal path already"
        return not_applicable(self.into(configuration, "", size, EXAMPLE), info)


@dataclass(frozen=True)
class OnWiring:
    """Another topology: keys of `harness.topology.model.Topology`, for a size."""

    make: Callable[[float, Planted], dict[str, Any]]
    sides: tuple[str, ...]
    stateful: bool = True

    def comes_to(self, size: float, info: CodecInfo) -> object:
        """Return the size."""
        del info
        return size

    def into(self, configuration: Configuration, fault: str, size: float, place: Planted) -> Configuration:
        """Wire it so."""
        del fault
        topology = configuration.topology
        changed = type(topology).model_validate(topology.model_dump() | self.make(size, place))
        return configuration.model_copy(update={"topology": changed})

    def obstacle(self, configuration: Configuration, info: CodecInfo, size: float) -> str | None:
        """Refuse what is no fault in a codec without state, and what cannot be combined with the setup's own wiring."""
        if self.stateful and not info.stateful:
            return "the codec has no state"
        try:
            made = self.into(configuration, "", size, EXAMPLE)
        except ValueError:
            return "the setup's own topology cannot be combined with it"
        return not_applicable(made, info)
