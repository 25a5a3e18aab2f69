"""
Mimi, Kyutai's streaming neural codec, through moshi's own PyTorch `MimiModel`: the embedded small one and any other.

Conventions
-----------
All instances of a codec share one set of weights; each has a module tree, and so streaming state, of its own. A codec
also keeps a tree that never streams, for the offline calls. Everything runs without gradients but not in inference
mode: moshi's reset writes in place to tensors that inference mode would have frozen.

`decode` accepts the first k of K codebooks: Mimi's residual quantiser decodes any prefix.

What moshi does that a user meets (0.2.13, measured with `tests/codecs/test_mimi.py`)
------------------------------------------------------------------------------------
- A streaming call writes its keys into a ring of `context` steps before it attends, so a call of several steps evicts
  keys that its first steps should still see. A frame is two steps: once the ring is full (after 10 s, in `mini` as in
  Kyutai's), streaming is no longer offline within rounding, and the longer the calls the more they differ. A call
  longer than the ring is wrong from its first frame. There is no error.
- `reset_streaming()` resets both sides, and does not cure an instance that has seen a NaN.
- Without a GPU it is meant never to compile. It says so with a flag of the whole process, for the time of a call: where
  two threads call, the one that ends first takes it away from the other. Here the flag stays.

Source: Defossez et al., "Moshi: a speech-text foundation model for real-time dialogue", 2024.
"""

import hashlib
import math
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import torch
from moshi.models.compression import MimiModel
from moshi.utils.compile import no_compile

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.loaded import check_sha256, hashes, sha256_of
from harness.codecs.mimi.batch import MimiBatch
from harness.codecs.mimi.checkpoint import FULL, describes_small_mimi, load_with_moshi, locate, read_config
from harness.codecs.mimi.instance import MimiInstance, decode_one, encode_one, twin_of
from harness.codecs.mimi.model import CONFIG, DTYPES, INT8, load_embedded, narrowed
from harness.codecs.mimi.slots import MimiSlots
from harness.codecs.protocol import CodecInfo, Codes
from harness.errors import SuiteInvalid, WeightsInvalid
from harness.runtime.resources import fixture

# Ten times the largest difference seen between ways of cutting a stream into calls while the ring is not full; float64
# is rounded to float32 on the way out.
TOLERANCE = {"float64": 1e-7, "float32": 5e-6, "float16": 0.01, "bfloat16": 0.07, "int8": 0.02}
CONFIG_SHA256 = "b42f2d0364f463ffe20c40c412ed76e834d7a1570df9b98c50fd93a422409ae4"  # of the embedded one
NARROWER = {"float64": ("float32", "float16", "bfloat16"), "float32": ("float16", "bfloat16")}

SHARED_SCALE = dict.fromkeys(
    (
        *("offline", "chunks", "window", "past-context-offline", "past-context-chunks", "call-past-context"),
        *("batch-rows", "slot-reset", "slots-apart", "slot-idle", "slot-fork"),
    ),
    "in int8 a call is quantised with one scale, so what shares a call is heard",
)


@cache
def _never_compile() -> ExitStack:
    """Set moshi's flag for as long as this process runs."""
    held = ExitStack()
    held.enter_context(no_compile())
    return held


class _Mimi:
    """What both Mimi codecs share: *model* is not streaming and never will be; *options* are those of the subclass."""

    info: CodecInfo
    thread_safe = True  # instances share weights, which no call changes, and nothing else

    def __init__(self, info: CodecInfo, model: MimiModel, options: dict[str, Any]) -> None:
        self.info = info
        self._options = options
        self._threads: int = options["threads"]
        self._model = model
        if torch.device(options["device"]).type != "cuda":
            _never_compile()
        self.narrower = NARROWER.get(options["dtype"], ())
        self.promises_not = SHARED_SCALE if options["dtype"] == INT8 else {}
        # moshi divides the codebooks out at first use and keeps the result: once here, not once per instance.
        for module in model.modules():
            if hasattr(module, "embedding_sum"):
                _ = module.embedding

    def open(self) -> MimiInstance:
        """Return a fresh streaming instance."""
        return MimiInstance(self.info, self._model, self._threads)

    def open_batch(self, rows: int) -> MimiBatch:
        """Return a fresh instance for *rows* streams in step."""
        model = twin_of(self._model)
        model.streaming_forever(rows)
        return MimiBatch(model, self._threads)

    def open_slots(self, rows: int) -> MimiSlots:
        """Return a fresh instance with *rows* free rows."""
        model = twin_of(self._model)
        model.streaming_forever(rows)
        return MimiSlots(model, rows, self._threads)

    def with_threads(self, threads: int) -> Self:
        """Return the same codec in *threads* torch threads."""
        return type(self)(**(self._options | {"threads": threads}))

    def with_dtype(self, dtype: str) -> Self:
        """Return the same codec with its weights in *dtype*."""
        return type(self)(**(self._options | {"dtype": dtype}))

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal outside streaming."""
        whole_frames(pcm, self.info)
        return encode_one(self._model, pcm, self._threads)

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode all codes outside streaming."""
        whole_codes(codes, self.info, fewest_codebooks=1)
        return decode_one(self._model, codes, self._threads)


class MiniMimiCodec(_Mimi):
    """
    The codec `mini`: the small Mimi that comes with the harness.

    codebooks : how many of its codebooks are sent; None for all
    dtype : float32, float64, bfloat16, float16, or int8: linear layers in int8, all else in float32
    device : a torch device
    threads : torch threads; one is fastest at this size
    weights : a folder with `config.json` and weights, instead of the embedded one
    """

    def __init__(
        self,
        codebooks: int | None = None,
        dtype: str = "float32",
        device: str = "cpu",
        threads: int = 1,
        weights: str | None = None,
    ) -> None:
        _check(dtype, device, threads)
        folder = Path(weights) if weights else fixture("mini-mimi")
        if weights is None:
            check_sha256(folder / CONFIG, CONFIG_SHA256, "codec-harness")
        model, geometry = load_embedded(folder, dtype=dtype, device=device)
        count = _codebooks(geometry.codebooks if codebooks is None else codebooks, model)
        info = CodecInfo(
            name="mini",
            sample_rate=geometry.sample_rate,
            frame_size=geometry.frame_size,
            codebooks=count,
            bins=geometry.bins,
            delay=geometry.delay,
            stateful=True,
            tolerance=TOLERANCE[dtype],
            context=_context(geometry.layers, geometry.context, geometry.pack),
            fingerprint=_fingerprint("mini", folder / geometry.weights, geometry, count, dtype, device, threads),
            description=f"embedded Mimi, {count} codebooks, {dtype}",
            loaded=hashes(folder / CONFIG, folder / geometry.weights),
        )
        options = {"codebooks": codebooks, "dtype": dtype, "device": device, "threads": threads, "weights": weights}
        super().__init__(info, model, options)


class MimiCodec(_Mimi):
    """
    The codec `mimi`: a Mimi checkpoint.

    weights : a safetensors file, or `hf://OWNER/REPOSITORY/FILE`, such as
        `hf://kyutai/moshiko-pytorch-bf16/tokenizer-e351c8d8-checkpoint125.safetensors`
    config : JSON with the geometry, in the form that moshi's loader takes (`seanet`, `transformer`, `quantizer`, ...);
        without it, Kyutai's full geometry, unless a `config.json` beside the weights describes a small Mimi
    codebooks : how many codebooks are sent
    dtype, device, threads : as for `mini`
    """

    def __init__(
        self,
        weights: str,
        config: str | None = None,
        codebooks: int = 8,
        dtype: str = "float32",
        device: str = "cpu",
        threads: int = 1,
    ) -> None:
        _check(dtype, device, threads)
        path = locate(weights)
        geometry: dict[str, Any] | None = read_config(Path(config)) if config else None
        described_by = [Path(config)] if config else []
        delay = 0
        if geometry is None and describes_small_mimi(path.parent / CONFIG):
            described_by = [path.parent / CONFIG]
            model, small = load_embedded(path.parent, dtype=dtype, device=device)
            if small.weights != path.name:
                raise WeightsInvalid(f"{path}: the {CONFIG} beside it is about {small.weights}; give `config`")
            described: object = small
            delay, layers, context = small.delay, small.layers, small.context
        else:
            described = full = geometry or FULL
            model = narrowed(load_with_moshi(path, full), dtype, device)
            layers, context = full["transformer"]["num_layers"], full["transformer"]["context"]
        count = _codebooks(codebooks, model)
        info = CodecInfo(
            name="mimi",
            sample_rate=model.sample_rate,
            frame_size=model.frame_size,
            codebooks=count,
            bins=model.cardinality,
            delay=delay,
            stateful=True,
            tolerance=TOLERANCE[dtype],
            context=_context(layers, context, round(model.encoder_frame_rate / model.frame_rate)),
            fingerprint=_fingerprint("mimi", path, described, count, dtype, device, threads),
            description=f"Mimi from {path.name}, {count} codebooks, {dtype}",
            loaded=hashes(path, *described_by),
        )
        options = {"codebooks": count, "dtype": dtype, "device": device, "threads": threads}
        super().__init__(info, model, options | {"weights": weights, "config": config})


def _check(dtype: str, device: str, threads: int) -> None:
    if dtype not in DTYPES:
        raise SuiteInvalid(f"mimi: dtype is {dtype!r}, wanted one of {', '.join(DTYPES)}")
    if dtype == INT8 and device != "cpu":
        raise SuiteInvalid(f"mimi: dtype 'int8' runs on the CPU only, and device is {device!r}; wanted 'cpu'")
    if threads < 1:
        raise SuiteInvalid(f"mimi: threads is {threads}, wanted 1 or more")
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA asserts
        reason = str(error).splitlines()[0]
        raise SuiteInvalid(f"mimi: device {device!r} cannot be used here ({reason}); try 'cpu'") from error


def _codebooks(count: int, model: MimiModel) -> int:
    if not 1 <= count <= model.total_codebooks:
        raise SuiteInvalid(f"mimi: codebooks is {count}, wanted 1 to {model.total_codebooks}")
    model.set_num_codebooks(count)
    return count


def _context(layers: int, steps: int, pack: int) -> int:
    # Each layer looks back `steps - 1` steps at what the layer below made of its own past; convolutions add a frame.
    return math.ceil(layers * (steps - 1) / pack) + 2


def _fingerprint(name: str, weights: Path, geometry: object, *options: object) -> str:
    digest = sha256_of(weights)
    # Context or the order of ratios change the output, yet the same weights fit.
    shape = hashlib.sha256(repr(geometry).encode()).hexdigest()[:16]
    libraries = ":".join(f"{package}-{version(package)}" for package in ("moshi", "torch"))
    return ":".join([name, "1", *map(str, options), libraries, shape, digest])
