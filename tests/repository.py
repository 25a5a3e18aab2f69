"""A git repository with a small codec in it, and a history in which two things go wrong."""

import subprocess
import sys
from pathlib import Path

import harness

ROOT = Path(harness.__file__).parents[1]

CODEC = '''"""A codec of one byte for each sample; the step follows the level of what was decoded before."""

import numpy as np

from harness.codecs.protocol import CodecInfo, Side


class Adaptive:
    def __init__(self):
        self.info = CodecInfo(
            name="adaptive", sample_rate=16_000, frame_size=320, codebooks=320, bins=256, delay=0, stateful=True,
            tolerance=0.0, context=None, fingerprint="adaptive:1",
        )

    def open(self):
        return Instance({"encoder/level": 1.0, "decoder/level": 1.0})


class Instance:
    def __init__(self, memory):
        self.memory = memory

    def encode(self, pcm):
        frames = [self.frame_codes(frame) for frame in pcm.reshape(-1, 320)]
        return np.stack(frames, axis=1)

    def frame_codes(self, frame):
        codes = np.clip(np.round(frame / self.memory["encoder/level"] * 127) + 128, 0, 255).astype(np.int64)
        self.follow("encoder/level", codes)
        return codes

    def decode(self, codes):
        return np.concatenate([self.frame_pcm(frame) for frame in codes.T])

    def frame_pcm(self, codes):
        return (self.follow("decoder/level", codes) * GAIN).astype(np.float32)

    def follow(self, name, codes):
        pcm = (codes - 128) / 127 * self.memory[name]
        self.memory[name] = max(0.02, 0.5 * self.memory[name] + abs(pcm).max())
        return pcm

    def reset(self, side):
        self.memory |= {name: 1.0 for name in self.memory if side is Side.BOTH or name.startswith(side)}

    def clone(self):
        return Instance(CLONED)

    def state(self):
        return {name: np.array(value) for name, value in self.memory.items()}
'''
SOUND = CODEC.replace("GAIN", "1.0").replace("CLONED", "dict(self.memory)")
FORGETFUL = SOUND.replace("dict(self.memory)", "dict.fromkeys(self.memory, 1.0)")
QUIET = FORGETFUL.replace("* 1.0)", "* 0.25)")

HISTORY = (
    ("v1", "the codec", SOUND),
    ("v2", "a comment", f"# The codec.\n{SOUND}"),
    ("v3", "half of a change", f"# The codec.\n{SOUND}\ndef half("),
    ("v4", "clones are cheaper", FORGETFUL),
    ("v5", "a comment is gone", f"{FORGETFUL}\n"),
    ("v6", "softer", QUIET),
    ("v7", "a licence", f"# MIT licence.\n{QUIET}"),
)


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, and return what it says."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str = "a commit") -> None:
    """Commit all that is in *folder*."""
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


def begin(folder: Path) -> None:
    """Make *folder* a repository, and commit all that is in it."""
    git(folder, "init", "-q", "-b", "main")
    commit(folder)


def make_repository(folder: Path) -> Path:
    """Commit the history into *folder*, with a tag for each commit."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for tag, message, text in HISTORY:
        (folder / "adaptive.py").write_text(text, encoding="utf-8")
        git(folder, "add", "adaptive.py")
        git(folder, "commit", "-qm", message)
        git(folder, "tag", tag)
    return folder


def codec_table(folder: str) -> str:
    """Return the TOML of the codec in *folder*, run as a program of its own."""
    serve = f'["{sys.executable}", "-m", "harness.codecs.command.serve", "adaptive:Adaptive", "{{}}"]'
    return (
        f'[codecs.app]\nadapter = "command"\nserve = {serve}\n'
        f'folder = "{folder}"\nenvironment = {{ PYTHONPATH = "{ROOT}", PYTHONDONTWRITEBYTECODE = "1" }}\n'
    )


def commits_file(folder: Path, good: str, bad: str, *, topology: str = "shared", rest: str = "") -> Path:
    """Write a history of the repository beside *folder*, built by compiling the one module."""
    build = f'[["{sys.executable}", "-c", "import ast; ast.parse(open(\'adaptive.py\').read())"]]'
    path = folder / "app.versions.toml"
    path.write_text(
        'name = "app"\nbad_if = "not-identical"\n[speech]\nutterances = ["slt-04"]\n[scores]\nasr = false\n'
        f'{codec_table("{checkout}")}[start]\ncodec = "app"\ntopology = "{topology}"\n'
        f'[commits]\nrepository = "repository"\ngood = "{good}"\nbad = "{bad}"\nbuild = {build}\n{rest}',
        encoding="utf-8",
    )
    return path
