"""
What the campaign damages: a small project with one of every kind of file, and what is asked of each once it is damaged.
"""

import contextlib
import hashlib
import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from campaign import mutators
from campaign.mutators import Mutator
from harness.audio import waveform
from harness.check.fuzz.program import parse
from harness.codecs.command.files import FileCodec
from harness.codecs.protocol import CodecInfo
from harness.errors import SuiteInvalid
from harness.files import given
from harness.gate.accept import accept
from harness.record import SEAL, sealing
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options

SUITE = """
name = "bed"
[speech]
source = "speech/manifest.toml"
utterances = ["one", "two"]
[codecs.plain]
adapter = "pcm"
frame_ms = 20.0
[topologies.late]
decoder = { instance = "clone", cloned = "switch" }
switch = 0.25
[wires.lossy]
fault = "drop"
at = 0.5
[scores]
pesq = false
stoi = false
asr = false
[tolerances]

[[setups]]
codec = "plain"
topology = ["shared", "offline", "late"]
[[setups]]
codec = "plain"
name = "dropped"
wire = "lossy"
at_most = "degraded"
"""
HISTORY = """
name = "history"
bad_if = "degraded"
[speech]
source = "speech/manifest.toml"
[codecs.plain]
adapter = "pcm"
[start]
codec = "plain"
topology = "shared"
[[versions]]
name = "v1"
[[versions]]
name = "v2"
about = "chunks"
set = { "topology.chunk" = 2, "app.seed" = 42 }
[[versions]]
name = "v3"
set = { "path.gain" = 0.5 }
"""
PROGRAM = "a = open\nencode a main 0:4\nb = clone a\ns = snapshot b\nreset a decoder\ndecode b main 0:2\nrestore a s\n"
INFO = CodecInfo("bed", 16_000, 320, 4, 16, 0, False, 0.0, None, "bed")


@dataclass(frozen=True)
class Kind:
    """
    A kind of file: which is damaged, how, and what is asked then.

    asked : arguments of the command line, in the project's folder; or a function of that folder
    reseal : half of the damaged ones get the hash of their new content, as whoever writes one on purpose would
    """

    victim: str
    mutators: tuple[Mutator, ...]
    asked: Sequence[str] | Callable[[Path], object]
    share: int = 1
    reseal: bool = False


def codes(folder: Path) -> object:
    return FileCodec(INFO, {}, "pcm16", 0, 1.0)._read_codes(folder / "codes.npy", 25)


def decoded(folder: Path) -> object:
    return FileCodec(INFO, {}, "pcm16", 0, 1.0)._read_wav(folder / "speech" / "one.wav", 8000)


def checkpoint(folder: Path) -> object:
    from harness.codecs.mimi.model import load_embedded

    return load_embedded(folder / "checkpoint")


def program(folder: Path) -> object:
    return parse(given.text(folder / "program.txt", SuiteInvalid, wanted="a program of calls"))


def audio(name: str) -> Callable[[Path], object]:
    return lambda folder: waveform.read(folder / "speech" / name)


KINDS: dict[str, Kind] = {
    "suite": Kind("suite.toml", mutators.TOML, ("diff", "plain/shared", "dropped", "--suite", "suite.toml"), 3),
    "history": Kind("history.toml", mutators.TOML, ("diff", "history.toml::v1", "history.toml::v3"), 2),
    "manifest": Kind("speech/manifest.toml", mutators.TOML, ("list", "speech", "speech"), 2),
    "ljspeech": Kind("lj/metadata.csv", mutators.TEXT, ("list", "speech", "lj")),
    "librispeech": Kind("libri/1.trans.txt", mutators.TEXT, ("list", "speech", "libri")),
    "transcript": Kind("folder/one.txt", mutators.TEXT, ("list", "speech", "folder")),
    "baseline": Kind("baselines/bed.json", mutators.JSON, ("baseline", "show", "baselines/bed.json"), 2, True),
    "baseline held against": Kind("baselines/bed.json", mutators.JSON, ("baseline", "diff", "run"), 1, True),
    "record accepted": Kind(
        "run/run.json", mutators.JSON, ("baseline", "accept", "run", "--baselines", "new"), 2, True
    ),
    "record held against": Kind("run/run.json", mutators.JSON, ("baseline", "diff", "run"), 1, True),
    "record shown": Kind("run/run.json", mutators.JSON, ("report", "run"), 1, True),
    "record explained": Kind("run/run.json", mutators.JSON, ("explain", "run", "dropped/one"), 1, True),
    "cells shown": Kind("run/cells.jsonl", mutators.TEXT, ("report", "run"), 1),
    "cells accepted": Kind("run/cells.jsonl", mutators.TEXT, ("baseline", "accept", "run", "--baselines", "new"), 1),
    "cell": Kind("cut/unfinished.jsonl", mutators.TEXT, ("report", "cut"), 1),
    "program of calls": Kind("program.txt", mutators.TEXT, program),
    "configuration": Kind("checkpoint/config.json", mutators.JSON, checkpoint, 2),
    "weights": Kind("checkpoint/tiny.safetensors", mutators.BYTES, checkpoint),
    "codes": Kind("codes.npy", mutators.BYTES, codes, 2),
    "what a program wrote": Kind("speech/one.wav", mutators.BYTES, decoded),
    **{f"audio .{kind}": Kind(f"speech/one.{kind}", mutators.BYTES, audio(f"one.{kind}"), 2)
       for kind in ("wav", "flac", "ogg", "mp3", "caf")},
}  # fmt: skip


def build(folder: Path) -> None:
    """Make the project in *folder*, with one run of it that was accepted."""
    _speech(folder)
    (folder / "suite.toml").write_text(SUITE)
    (folder / "history.toml").write_text(HISTORY)
    (folder / "program.txt").write_text(PROGRAM)
    np.save(folder / "codes.npy", np.arange(100).reshape(4, 25) % 16)
    with contextlib.chdir(folder):  # what a record says of places is relative to where it was made
        suite = suites.load(Path("suite.toml"))
        made = pipeline.run(suite, folder / "out", Options(repeat=False, explain=False), jobs=1)
    accept([made], folder / "baselines" / "bed.json", whole=True)
    baseline = folder / "baselines" / "bed.json"  # of another day, or there is nothing to hold against it
    baseline.write_text(baseline.read_text().replace(made.record.provenance.created, "2020-01-01T00:00:00+00:00"))
    _reseal(baseline)
    made.folder.rename(folder / "run")
    (folder / "cut").mkdir()
    shutil.copy(folder / "run" / "cells.jsonl", folder / "cut" / "unfinished.jsonl")
    _checkpoint(folder / "checkpoint")


def _speech(folder: Path) -> None:
    chance = np.random.default_rng(0)
    sound = {name: (0.1 * chance.standard_normal(8000)).astype(np.float32) for name in ("one", "two")}
    for place in ("speech", "lj/wavs", "libri", "folder"):
        (folder / place).mkdir(parents=True)
        for name, samples in sound.items():
            soundfile.write(folder / place / f"{name}.wav", samples, 16_000)
    for kind in ("flac", "ogg", "mp3", "caf"):
        soundfile.write(folder / "speech" / f"one.{kind}", sound["one"], 16_000, format=kind.upper())
    entries = [
        f'[[utterances]]\nid = "{name}"\nfile = "{name}.wav"\ntranscript = "some words"\nvoice = "v"\n'
        f'licence = "l"\nsha256 = "{_sha256(folder / "speech" / f"{name}.wav")}"\n'
        for name in sound
    ]
    (folder / "speech" / "manifest.toml").write_text("schema = 1\n" + "".join(entries))
    (folder / "lj" / "metadata.csv").write_text("one|Some words.|some words\ntwo|Two.|two\n")
    (folder / "libri" / "1.trans.txt").write_text("one SOME WORDS\ntwo OTHER WORDS\n")
    for name in sound:
        (folder / "folder" / f"{name}.txt").write_text("some words\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _checkpoint(folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from harness.codecs.mimi.model import Geometry
    from harness.codecs.mimi.model import build as build_model

    tiny = Geometry(
        sample_rate=16_000, ratios=(4, 5), pack=2, encoder_filters=4, decoder_filters=4, dimension=16, model_width=16,
        heads=2, layers=1, feedforward=16, context=60, codebooks=3, bins=8, codebook_dimension=16, delay=0,
        weights="tiny.safetensors",
    )  # fmt: skip
    folder.mkdir()
    torch.manual_seed(0)
    state = {name: tensor.half().contiguous() for name, tensor in build_model(tiny).state_dict().items()}
    save_file(state, folder / tiny.weights)
    (folder / "config.json").write_text(tiny.model_dump_json(indent=1))


def damaged(chance: random.Random, kind: Kind, folder: Path) -> str:
    """Damage the victim of *kind* in *folder*; return how."""
    path = folder / kind.victim
    mutate = chance.choice(kind.mutators)
    path.write_bytes(mutate(chance, path.read_bytes()))
    if kind.reseal and chance.random() < 0.7:
        _reseal(path)
    return mutate.__name__


def _reseal(path: Path) -> None:
    try:
        content = json.loads(path.read_bytes())
        del content[SEAL]
        path.write_text(sealing(json.dumps(content)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return
