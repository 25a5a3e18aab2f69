"""
Seals: a hash with a secret over what the harness keeps for itself, so that it believes only what it wrote.

Whoever can write to a cache folder can write what looks like a result of ours, with a right checksum. He cannot seal
it: the secret lies elsewhere, readable by its owner alone, or comes from the environment (HMAC-SHA256, RFC 2104).
"""

import functools
import hashlib
import hmac
import os
import secrets
import warnings
from contextlib import suppress
from pathlib import Path

import platformdirs

SECRET_VARIABLE = "CODEC_HARNESS_STORE_KEY"  # noqa: S105 (the name of a variable)
LENGTH = 32  # bytes


def sealed(name: str, content: bytes) -> str:
    """Return the seal of *content* under *name*, as 64 hexadecimal digits."""
    told = name.encode("utf-8", errors="surrogatepass")
    secret = _secret(os.environ.get(SECRET_VARIABLE, ""))
    return hmac.digest(secret, b"%d:%b" % (len(told), told + content), "sha256").hex()


def holds(seal: object, name: str, content: bytes) -> bool:
    """Tell whether *seal* is that of *content* under *name*."""
    return isinstance(seal, str) and seal.isascii() and hmac.compare_digest(seal, sealed(name, content))


def secret_file() -> Path:
    """Return where the secret of this user is kept, if the environment names none."""
    return platformdirs.user_state_path("codec-harness") / "store-key"


@functools.lru_cache(maxsize=8)
def _secret(given: str) -> bytes:
    if given:
        return hashlib.sha256(given.encode("utf-8", errors="surrogatepass")).digest()
    path = secret_file()
    try:
        return _read(path) or _made(path)
    except OSError as error:
        with suppress(UserWarning):  # raised where warnings are errors
            warnings.warn(
                f"{path}: the key that seals kept results cannot be kept ({error.strerror}); what is kept now will not "
                f"be believed later; set {SECRET_VARIABLE}, or make the folder writable",
                stacklevel=2,
            )
        return secrets.token_bytes(LENGTH)


def _made(path: Path) -> bytes:
    """Make the secret; of several processes that do so at once, one wins and all use its."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
        if path.exists() and _read(path) is None:
            own.replace(path)  # damaged: what it sealed is not believed any more
        else:
            with suppress(FileExistsError):
                os.link(own, path)
    finally:
        own.unlink(missing_ok=True)
    return _read(path) or secrets.token_bytes(LENGTH)


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    return found if len(found) == LENGTH else None
