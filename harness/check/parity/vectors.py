"""
Conformance vectors: programs of calls with what the reference was given and what it answered, as files.

A folder that an implementation's authors can use without this package:

    index.json                  what the codec is, and every vector's calls in order
    encode-speech/pcm-in.wav    float32 samples that the `encode` calls are given, one after the other
    encode-speech/codes-out.npy codes (K, F) that they return
    one-lost/codes-in.npy       codes (K, F) that the `decode` calls are given; -1 throughout is a lost frame
    one-lost/pcm-out.wav        float32 samples that they return, and those of `flush`
    NAME/wrong-N.npy            an input that must be refused, or taken, as the reference does
    NAME/codes-noise.npy        codes (16, K, F) of the same calls with inaudible noise, where that changes them:
                                where a frame's codes are among these, it is undecided and may differ

Every vector begins on a fresh instance. Files are named with their SHA-256 in the index, and the index with its own.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import soundfile
from pydantic import Field, ValidationError
from scipy.io import wavfile

from harness.check.parity.pair import PairInputs, noisy_script
from harness.check.parity.playing import Array, CallAnswer, Player, Script, Step
from harness.check.parity.program import FLUSH, Program, text
from harness.codecs.protocol import Side
from harness.codecs.ties import RUNS
from harness.errors import UsageInvalid
from harness.files import write_whole
from harness.files.given import content, explained, json_file
from harness.record import Frozen
from harness.runtime.version import __version__

FORMAT = 1
INDEX = "index.json"
PARTIAL = ".partial"  # what a file is called until it is whole, which is left where the process was killed
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
FILE = r"^[a-z0-9-]{1,80}\.(npy|wav)$"
LARGEST = 256 << 20  # bytes of one file
MEND = "write the vectors anew"


class VectorCall(Frozen):
    """
    One call: it takes the next *count* frames of its input and gives as many of its output; `flush` takes nothing and
    gives *count* samples.

    wrong : instead the file that holds its input, which is wrong; refused : whether the reference refused it
    """

    call: Literal["encode", "decode", "reset", "flush"]
    side: Side | None = None
    count: int = Field(default=0, ge=0, le=100_000)
    wrong: Annotated[str, Field(pattern=FILE)] | None = None
    refused: bool = False


class Vector(Frozen):
    """A program with its files; *files* is name to SHA-256."""

    name: Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
    program: str
    calls: tuple[VectorCall, ...]
    files: dict[Annotated[str, Field(pattern=FILE)], str]


class Index(Frozen):
    """What `index.json` holds. *sha256* is of all else, as JSON without spaces and with sorted keys."""

    format: int
    made_by: str
    reference: str
    fingerprint: str
    sample_rate: int
    frame_size: int
    codebooks: int
    bins: int
    delay: int
    tolerance: float
    vectors: tuple[Vector, ...]
    sha256: str = ""


class VectorsInvalid(UsageInvalid):
    """A folder of vectors is not what was written."""


def write(folder: Path, reference: Player, inputs: PairInputs, tolerance: float, programs: dict[str, Program]) -> Index:
    """
    Record *programs*, by name, on the reference into *folder*, and return the index.

    The index is written last: what was recorded before this was stopped is recorded again.
    Raises `UsageInvalid` if the folder holds anything else than vectors, `NotWritable`.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / INDEX).is_file() or _only_vectors(folder))):
        raise UsageInvalid(f"--vectors: {folder} is there and holds no vectors; name another folder")
    vectors = [_recorded(folder, reference, inputs, name, program) for name, program in programs.items()]
    info = reference.info
    index = Index(
        format=FORMAT,
        made_by=f"codec-harness {__version__}",
        reference=info.name,
        fingerprint=info.fingerprint,
        sample_rate=info.sample_rate,
        frame_size=info.frame_size,
        codebooks=info.codebooks,
        bins=info.bins,
        delay=info.delay,
        tolerance=tolerance,
        vectors=tuple(vectors),
    )
    index = index.model_copy(update={"sha256": _own_hash(index)})
    write_whole(folder / INDEX, index.model_dump_json(indent=1, exclude_defaults=True) + "\n", mend="name another")
    return index


def _only_vectors(folder: Path) -> bool:
    """Return whether *folder* is empty, or holds only what a recording leaves that was stopped."""
    vectors = [one for one in folder.iterdir() if one.suffix != PARTIAL]
    return all(NAME.fullmatch(one.name) and one.is_dir() and not one.is_symlink() for one in vectors) and all(
        re.fullmatch(FILE, file.name) or file.suffix == PARTIAL for one in vectors for file in one.iterdir()
    )


def _own_hash(index: Index) -> str:
    held = index.model_dump(mode="json", exclude={"sha256"}, exclude_defaults=True)
    return hashlib.sha256(json.dumps(held, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _recorded(folder: Path, reference: Player, inputs: PairInputs, name: str, program: Program) -> Vector:
    script = inputs.script(program)
    answers = reference.play(script)
    if len(answers) != len(script):
        raise UsageInvalid(f"--vectors: the reference does not live through {name}: {answers[0].died}")
    calls, files = _calls(script, answers, reference.info.frame_size)
    noise = _noise(reference, script, answers) if reference.info.tolerance else None
    if noise is not None:
        files["codes-noise.npy"] = noise
    written = {}
    for file, array in files.items():
        data = _wav(array, reference.info.sample_rate) if file.endswith(".wav") else _npy(array)
        write_whole(folder / name / file, data, mend="name another")
        written[file] = hashlib.sha256(data).hexdigest()
    return Vector(name=name, program=text(program), calls=tuple(calls), files=written)


def _calls(script: Script, answers: list[CallAnswer], frame: int) -> tuple[list[VectorCall], dict[str, Array]]:
    """Return what is called in turn, and the arrays of the files that the calls take from and give to."""
    parts: dict[str, list[Array]] = {}
    wrong: dict[str, Array] = {}
    calls = []
    for number, (step, answer) in enumerate(zip(script, answers, strict=True)):
        given, came, refused = step.given, answer.output, answer.refusal is not None
        if step.verb == FLUSH:
            calls.append(VectorCall(call="flush", count=0 if came is None else len(came), refused=refused))
            if came is not None:
                parts.setdefault("pcm-out.wav", []).append(came)
            continue
        if isinstance(given, Side):
            calls.append(VectorCall(call="reset", side=given))
            continue
        verb: Literal["encode", "decode"] = "encode" if step.verb == "encode" else "decode"
        name = None
        if step.wrong:
            name = f"wrong-{number}.npy"
            wrong[name] = given
        else:
            parts.setdefault("pcm-in.wav" if verb == "encode" else "codes-in.npy", []).append(given)
        if came is not None and not step.wrong:
            parts.setdefault("codes-out.npy" if verb == "encode" else "pcm-out.wav", []).append(came)
        count = 0 if step.wrong else len(given) // frame if verb == "encode" else given.shape[1]
        calls.append(VectorCall(call=verb, count=count, wrong=name, refused=refused))
    return calls, {name: np.concatenate(arrays, axis=-1) for name, arrays in parts.items()} | wrong


def _noise(reference: Player, script: Script, answers: list[CallAnswer]) -> Array | None:
    """Return the codes (RUNS, K, F) of the same calls with inaudible noise; None if it never changes one."""
    expected = _codes(script, answers)
    if expected is None:
        return None
    runs = [_codes(script, reference.play(noisy_script(script, run))) for run in range(RUNS)]
    found = np.stack([expected if run is None or run.shape != expected.shape else run for run in runs])
    return found if (found != expected).any() else None


def _codes(script: Script, answers: list[CallAnswer]) -> Array | None:
    found = [
        answer.output
        for step, answer in zip(script, answers, strict=False)
        if step.verb == "encode" and not step.wrong and answer.output is not None
    ]
    return np.concatenate(found, axis=1) if found else None


def _npy(array: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _wav(array: Array, rate: int) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, rate, array.astype(np.float32))  # libsndfile would put the time of day into it
    return file.getvalue()


def read_index(folder: Path) -> Index:
    """Return the index of a folder of vectors; raise `VectorsInvalid` if it was edited, cut, or made by a newer one."""
    path = folder / INDEX
    found = json_file(path, VectorsInvalid, wanted="the index of a folder of vectors")
    version = found.get("format") if isinstance(found, dict) else None
    if version != FORMAT:
        newer = isinstance(version, int) and version > FORMAT
        mend = "a newer codec-harness made it; install that" if newer else MEND
        raise VectorsInvalid(f"{path}: format is {version!r}, wanted {FORMAT}; {mend}")
    try:
        index = Index.model_validate(found)
    except ValidationError as error:
        raise VectorsInvalid(f"{path}: {explained(error.errors()[0], 'the index')}; {MEND}") from None
    if index.sha256 != _own_hash(index):
        raise VectorsInvalid(f"{path}: it was edited: its SHA-256 is not what it says; {MEND}")
    return index


def scripts(folder: Path, index: Index) -> Iterator[tuple[Vector, Script, list[CallAnswer], Array | None]]:
    """
    Yield every vector with its script, the answers of the reference, and its codes with noise where there are any.

    Raises `VectorsInvalid` for a file that is missing, cut or edited.
    """
    for vector in index.vectors:
        files = {name: _read(folder / vector.name / name, sha256) for name, sha256 in vector.files.items()}
        taken = dict.fromkeys(files, 0)

        def take(
            name: str,
            count: int,
            files: dict[str, Array] = files,
            taken: dict[str, int] = taken,
            vector: Vector = vector,
        ) -> Array:
            if name not in files or taken[name] + count > files[name].shape[-1]:
                raise VectorsInvalid(f"{folder / vector.name}: {name} is shorter than its calls; {MEND}")
            taken[name] += count
            return files[name][..., taken[name] - count : taken[name]]

        steps, answers = [], []
        for call in vector.calls:
            steps.append(_step(call, take, files, index.frame_size))
            answers.append(_answer(call, take, index.frame_size))
        yield vector, tuple(steps), answers, files.get("codes-noise.npy")


def _step(call: VectorCall, take: Any, files: dict[str, Array], frame: int) -> Step:
    if call.call == "reset":
        return Step("reset", call.side or Side.BOTH)
    if call.call == FLUSH:
        return Step(FLUSH, Side.DECODER)
    if call.wrong is not None:
        if call.wrong not in files:
            raise VectorsInvalid(f"{call.wrong} is not among the files; {MEND}")
        return Step(call.call, files[call.wrong], wrong=True)
    name, size = ("pcm-in.wav", call.count * frame) if call.call == "encode" else ("codes-in.npy", call.count)
    return Step(call.call, take(name, size))


def _answer(call: VectorCall, take: Any, frame: int) -> CallAnswer:
    if call.refused:
        return CallAnswer(refusal="the reference refused it")
    if call.call == "reset" or call.wrong is not None:
        return CallAnswer()
    if call.call == FLUSH:
        return CallAnswer(take("pcm-out.wav", call.count))
    name, size = ("codes-out.npy", call.count) if call.call == "encode" else ("pcm-out.wav", call.count * frame)
    return CallAnswer(take(name, size))


def _read(path: Path, sha256: str) -> Array:
    data = content(path, VectorsInvalid, wanted="a file of a folder of vectors", most=LARGEST)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise VectorsInvalid(f"{path}: it was cut or edited: its SHA-256 is not the one in {INDEX}; {MEND}")
    try:
        if path.suffix == ".wav":
            samples: Array = soundfile.read(io.BytesIO(data), dtype="float32")[0]
            return samples
        array: Array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError, RuntimeError) as error:
        raise VectorsInvalid(f"{path}: cannot be read ({error}); {MEND}") from None
    return array
