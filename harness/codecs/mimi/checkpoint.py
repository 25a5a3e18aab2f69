"""
Find a Mimi checkpoint, on disk or on the model hub, and have moshi load it. Only safetensors: a pickle can run code.
"""

import logging
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download
from huggingface_hub.errors import LocalEntryNotFoundError
from huggingface_hub.utils import logging as hub_logging
from moshi.models import loaders
from moshi.models.compression import MimiModel
from safetensors import SafetensorError

from harness.codecs.loaded import check_fetched
from harness.errors import CodecUnavailable, SuiteInvalid, WeightsInvalid
from harness.files import given

HUB = "hf://"
# Kyutai's geometry: moshi has it under this private name only, and before 0.2.12 not at all (`mini` works there).
FULL: dict[str, Any] = getattr(loaders, "_mimi_config", {})


def locate(weights: str) -> Path:
    """
    Return the local file that *weights* names: a path, or `hf://OWNER/REPOSITORY/FILE`, downloaded if it has not been.

    Raises `WeightsInvalid` if the path is no file, `SuiteInvalid` if the reference is incomplete, `CodecUnavailable` if
    the hub cannot be reached or has no such file.
    """
    if not weights.startswith(HUB):
        path = Path(weights)
        if not given.is_file(path):
            raise WeightsInvalid(f"{path}: no such file; wanted a safetensors file or {HUB}OWNER/REPOSITORY/FILE")
        return path
    owner, _, rest = weights.removeprefix(HUB).partition("/")
    repository, _, name = rest.partition("/")
    if not (owner and repository and name):
        raise SuiteInvalid(f"mimi: weights is {weights!r}, wanted {HUB}OWNER/REPOSITORY/FILE")
    verbosity = hub_logging.get_verbosity()
    hub_logging.set_verbosity(logging.ERROR)  # its client reports each attempt; one line at the end is enough
    try:
        path = _download(f"{owner}/{repository}", name)
    except (OSError, ValueError) as error:  # the hub's own errors are one or the other
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CodecUnavailable(
            f"{weights} cannot be had from the model hub ({reason}); "
            "fetch it where there is a network and give its path"
        ) from error
    finally:
        hub_logging.set_verbosity(verbosity)
    check_fetched(path)
    return path


def _download(repository: str, name: str) -> Path:
    try:
        # What was fetched before is used as it is: a run does not change because someone pushed to the hub.
        return Path(hf_hub_download(repository, name, local_files_only=True))
    except LocalEntryNotFoundError:
        return Path(hf_hub_download(repository, name))


def read_config(path: Path) -> dict[str, Any]:
    """Return moshi's Mimi configuration from JSON; raise `WeightsInvalid` if it is something else."""
    config = given.json_file(path, WeightsInvalid, wanted="moshi's Mimi configuration")
    wanted = FULL.keys()
    if not isinstance(config, dict) or not wanted <= config.keys():
        raise WeightsInvalid(f"{path}: not moshi's Mimi configuration; wanted the keys {', '.join(wanted)}")
    return config


def describes_small_mimi(path: Path) -> bool:
    """Return whether *path* is the configuration of a small Mimi as `harness.codecs.mimi.model` builds them."""
    # Kyutai's repositories keep a config.json of their language model beside Mimi's weights: that is not ours.
    try:
        return "codebook_dimension" in given.json_file(path, WeightsInvalid, wanted="a configuration")
    except (WeightsInvalid, TypeError):
        return False


def load_with_moshi(path: Path, geometry: dict[str, Any]) -> MimiModel:
    """Return the model in *path*, built and filled by moshi; raise `WeightsInvalid` if they do not fit each other."""
    if path.suffix != ".safetensors":
        raise WeightsInvalid(
            f"{path}: got a {path.suffix or 'nameless'} file, wanted .safetensors: pickles can run code"
        )
    try:
        return loaders.get_mimi(path, geometry, num_codebooks=1)
    except SafetensorError as error:
        raise WeightsInvalid(f"{path}: not a whole safetensors file ({error}); fetch it again") from error
    except Exception as error:  # a wrong configuration reaches all of moshi and PyTorch
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        detail = lines[1] if len(lines) > 1 else f"{type(error).__name__} {error}"
        raise WeightsInvalid(
            f"{path}: does not fit the geometry: {detail:.200}; give the `config` it was made with"
        ) from error
