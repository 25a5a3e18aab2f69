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
    for name, value in _longest_first(secrets):
        text = text.replace(value, f"({name})")
    return text


def excerpt(received: bytes | bytearray, secrets: Secrets = ()) -> str:
    """Show the beginning of what was received, without *secrets*."""
    shown = bytes(received)
    for name, value in _longest_first(secrets):
        shown = shown.replace(_sent(value), _sent(f"({name})"))
    return repr(shown[:24]) + ("..." if len(shown) > 24 else "")


def _longest_first(secrets: Secrets) -> list[tuple[str, str]]:
    looked_for = [secret for secret in secrets if len(secret[1]) >= SHORTEST_SECRET]
    return sorted(looked_for, key=lambda secret: -len(secret[1]))


def _sent(text: str) -> bytes:
    return text.encode(errors="surrogateescape")  # as variables are handed to a program
