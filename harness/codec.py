"""The protocol of a codec and `load`, by the name that adapters had for them first; `harness` itself has them too."""

from harness.codecs.loading import load
from harness.codecs.protocol import LOST, Codec, CodecInfo, Codes, Instance, OfflineCodec, Side, State

__all__ = ["LOST", "Codec", "CodecInfo", "Codes", "Instance", "OfflineCodec", "Side", "State", "load"]
