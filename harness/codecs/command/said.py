"""What the other end says, so that it can be shown to a person, without the secrets that it was given."""

from collections.abc import Collection

from harness.runtime.text import one_line

SHORTEST_SECRET = 4  # characters of a secret that are looked for in what the other end says; "1" is in every text

Secrets = Collection[tuple[str, str]]  # name and value, of which nobody is to read the value


def said_by(text: bytes, secrets: Secrets = ()) -> str:
    """Return text from the other end so that it can stand in a message or on a terminal, without *secrets*."""
    return one_line(without(text.decode(errors="replace"), secrets))


def without(text: str, secrets: Secrets) -> str:
    """Return *text* with each secret replaced by its name, the longest first."""
    for name, value in sorted(secrets, key=lambda secret: -len(secret[1])):
        text = text.replace(value, f"({name})") if len(value) >= SHORTEST_SECRET else text
    return text


def excerpt(received: bytes | bytearray, secrets: Secrets = ()) -> str:
    """Show the beginning of what was received."""
    shown = without(received.decode("latin-1"), secrets).encode("latin-1")
    return repr(shown[:24]) + ("..." if len(shown) > 24 else "")
