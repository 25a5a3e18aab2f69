"""Text that does harm where it is printed raw, and a codec that puts it wherever a codec can put text."""

import os
import sys
from dataclasses import replace

from harness.codecs.pcm import PcmCodec, PcmInstance

HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e\u2028\x00\r\n::error::gotcha\n ##[error]x [bold red]y[/] |<img src=x>` :smile:"


class Hostile(PcmCodec):
    """Says hostile things in its description, on standard output and error, and in what it raises, if it *raises*."""

    def __init__(self, raises: bool = False) -> None:
        super().__init__()
        self.raises = raises
        self.info = replace(self.info, name=f"pcm{HOSTILE}", description=HOSTILE, fingerprint=f"hostile{HOSTILE}")
        print(HOSTILE)
        os.write(1, HOSTILE.encode())
        sys.stdout.flush()

    def open(self) -> "HostileInstance":
        return HostileInstance(self)


class HostileInstance(PcmInstance):
    def __init__(self, codec: Hostile) -> None:
        super().__init__(codec.info)
        self.codec = codec

    def decode(self, codes):
        print(HOSTILE)
        os.write(1, HOSTILE.encode())
        if self.codec.raises or os.environ.get("HOSTILE_RAISES"):
            raise ValueError("\ud800" + HOSTILE)
        return super().decode(codes)

    def clone(self) -> "HostileInstance":
        return HostileInstance(self.codec)


def harm(content: bytes) -> list[str]:
    """Return what in *content* does harm to a terminal or a log: control characters, and lines that are commands."""
    text = content.decode("utf-8", errors="surrogateescape")
    found = [f"U+{ord(letter):04X}" for letter in text if not letter.isprintable() and letter not in "\n\t"]
    found = [one for one in dict.fromkeys(found) if one not in ("U+00A0", "U+00AD", "U+200D", "U+FE0F")]
    ours = ("::error title=codec",)
    commands = [line for line in text.split("\n") if line.lstrip().startswith("::") and not line.startswith(ours)]
    return found + commands + [line for line in text.split("\n") if "##[" in line]
