"""A griffe extension: the lines `name : meaning` by which docstrings here name their parameters become a list."""

import re

import griffe

NAMED = re.compile(r"^(\w+(?:, \w+)*) : ", re.MULTILINE)


class NamedLines(griffe.Extension):
    """Turns each run of such lines into a list of Markdown."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Rewrite the docstring of *obj*."""
        if obj.docstring is not None:
            obj.docstring.value = as_list(obj.docstring.value)


def as_list(text: str) -> str:
    """Return *text* with its lines `name : meaning` as items, a blank line around each run of them."""
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        item = NAMED.match(line)
        if item and not inside and lines and lines[-1]:
            lines.append("")
        if inside and not item and line and not line.startswith(" "):
            lines.append("")
        inside = bool(item) or (inside and line.startswith(" "))
        lines.append(NAMED.sub(r"- **\1**: ", line) if item else line)
    return "\n".join(lines)
