"""
Whisper's tokens, from the `tokenizer.json` that lies beside the weights of a CTranslate2 model.

Conventions
-----------
A token is an integer. Those below `end` are bytes of text; `end` and those above it are Whisper's signs.

Source
------
`tokenizer.py` of openai-whisper, which tests hold this against: byte pairs merged in the order of GPT-2, whose ranks
are the tokens themselves. The file writes bytes as GPT-2 does, each as a printable character.
"""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import tiktoken

from harness.errors import WeightsInvalid
from harness.files import given
from harness.record import Word

PIECES = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"  # of GPT-2
END = "<|endoftext|>"
PRINTABLE = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
LARGEST_FILE = 64 * 1024 * 1024  # bytes


class Vocabulary:
    """The tokens of one model. Raises `WeightsInvalid` if *path* is not such a file."""

    def __init__(self, path: Path) -> None:
        text = given.text(path, WeightsInvalid, wanted="the tokenizer.json of a Whisper model", most=LARGEST_FILE)
        try:
            content = json.loads(text)
            signs = {str(sign["content"]): int(sign["id"]) for sign in content["added_tokens"]}
            self.end = signs[END]
            written = {str(piece): int(token) for piece, token in content["model"]["vocab"].items()}
            ranks = {_bytes(piece): token for piece, token in written.items() if token < self.end}
            self._encoding = tiktoken.Encoding("whisper", pat_str=PIECES, mergeable_ranks=ranks, special_tokens={})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise WeightsInvalid(
                f"{path}: not the tokenizer.json of a Whisper model ({type(error).__name__}: {error})"
            ) from error
        self._signs = signs
        self._path = path

    def sign(self, name: str) -> int:
        """Return the token of one of Whisper's signs; raise `WeightsInvalid` if there is none."""
        if name not in self._signs:
            raise WeightsInvalid(f"{self._path}: has no token {name}; wanted the tokenizer.json of a Whisper model")
        return self._signs[name]

    def tokens(self, text: str) -> list[int]:
        """Return *text* as tokens."""
        return self._encoding.encode_ordinary(text)

    def text(self, tokens: Sequence[int]) -> str:
        """Return *tokens* as text, signs left out; bytes that are no characters become U+FFFD."""
        return b"".join(map(self._written, tokens)).decode("utf-8", errors="replace")

    def words(self, tokens: Sequence[int], starts: Sequence[float]) -> list[Word]:
        """Return the words that *tokens* write, each of which *starts* at a time in seconds; one more is the end."""
        begins = [place for place, token in enumerate(tokens) if not place or self._written(token).startswith(b" ")]
        return [
            Word(text=text, start=round(starts[begin], 2), end=round(starts[until], 2))
            for begin, until in itertools.pairwise([*begins, len(tokens)])
            if (text := self.text(tokens[begin:until]).strip())
        ]

    def _written(self, token: int) -> bytes:
        return self._encoding.decode_single_token_bytes(token) if token < self.end else b""


def _bytes(piece: str) -> bytes:
    return bytes(BYTE_OF[char] for char in piece)


def _bytes_by_character() -> dict[str, int]:
    others = (byte for byte in range(256) if byte not in PRINTABLE)
    return {chr(byte): byte for byte in PRINTABLE} | {chr(256 + n): byte for n, byte in enumerate(others)}


BYTE_OF = _bytes_by_character()
