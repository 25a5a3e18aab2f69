"""The pages of the documentation and the README, and what is written in them to be typed, saved or compared."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "cards"),
    *sorted((ROOT / "examples").rglob("README.md")),
]

_FENCE = re.compile(r"^( *)```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of a page: its *language*, the name of the file that it is to be saved as ("" if none), its *text*."""

    language: str
    title: str
    text: str


def name_of(path: Path) -> str:
    """Return *path* as it is called in the repository."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found = _FENCE.finditer(path.read_text(encoding="utf-8"))
    return [Block(one[2], one[3] or "", re.sub(f"^{one[1]}", "", one[4], flags=re.MULTILINE)) for one in found]


def commands(path: Path) -> Iterator[list[str]]:
    """Yield every `codec-harness` command line of a page, in words: of blocks of a shell, and of indented ones."""
    text = path.read_text(encoding="utf-8")
    shells = [block.text for block in blocks(path) if block.language in ("sh", "bash", "")]
    shells += _INDENTED.findall(_FENCE.sub("", text))
    for line in "\n".join(shells).replace("\\\n", " ").splitlines():
        found = re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S* )?(codec-harness .*)", line)
        if found:
            words = shlex.split(found[1], comments=True)
            yield words[1 : next((at for at, word in enumerate(words) if word in ("||", "&&", "|", ">")), len(words))]
