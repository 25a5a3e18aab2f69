"""Folders and manifests of speech that tests write; the audio is noise."""

import hashlib
import json

import numpy as np
import soundfile

NOISE = np.random.default_rng(3).uniform(-0.1, 0.1, 8000).astype(np.float32)


def write(path, samples=NOISE, rate=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)
    return path


def manifest(folder, sha256=None, transcript="a word", file="a.flac"):
    write(folder / "a.flac")
    got = hashlib.sha256((folder / "a.flac").read_bytes()).hexdigest()
    (folder / "manifest.toml").write_text(
        f'schema = 1\n[[utterances]]\nid = "a"\nfile = "{file}"\nsha256 = "{sha256 or got}"\n'
        f'transcript = "{transcript}"\nvoice = "noise"\nlicence = "CC0"\n'
    )
    return folder


def lines(folder, *entries, name="manifest.jsonl"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path
