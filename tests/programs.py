"""External programs for tests: the sample of examples/command-codec, and programs that a test writes."""

import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from harness.codecs.command.codec import CommandCodec

SAMPLE = [sys.executable, str(Path(__file__).parents[1] / "examples" / "command-codec" / "adpcm.py")]
FILES: dict[str, Any] = {"sample_rate": 16_000, "frame_size": 320}

SERVER = """
def answer(body):
    sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
    sys.stdout.buffer.flush()
def request():
    head = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack("<I", head)[0]) if head else sys.exit()
HELLO = struct.pack("<IIIIIIBf", 1, 16000, 320, 2, 16, 0, 1, 0.0)
"""


def written(folder: Path, code: str) -> list[str]:
    """Write a Python program into *folder*; return the arguments that run it."""
    path = folder / "program.py"
    path.write_text("import os, struct, sys, time\n" + textwrap.dedent(code))
    return [sys.executable, str(path)]


def roundtrip(program: list[str], **options: Any) -> CommandCodec:
    """Return *program* as a codec that works on whole files."""
    return CommandCodec(roundtrip=[*program, "{in}", "{out}"], **(FILES | options))


def decode_silence(codec: CommandCodec) -> np.ndarray:
    """Return what *codec* makes of a frame of silence."""
    return codec.decode_offline(codec.encode_offline(np.zeros(320, np.float32)))
