"""Commands as a user types them, but in this process; and a suite of one short utterance for them."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from harness.cli.main import cli
from harness.errors import HarnessError


@dataclass(frozen=True)
class Typed:
    """The exit code of a command, what it printed, and what it complained of."""

    code: int
    out: str
    err: str


def typed(*arguments: object) -> Typed:
    """Run a command; what is no bad input is raised."""
    done = CliRunner().invoke(cli, [str(one) for one in arguments])
    if isinstance(done.exception, HarnessError):
        return Typed(2, done.stdout, f"{done.stderr}{done.exception}\n")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Typed(done.exit_code, done.stdout, done.stderr)


def suite(
    folder: Path, *topologies: str, name: str = "s", adapter: str = "pcm", utterances: tuple[str, ...] = ("slt-04",)
) -> Path:
    """Write a suite of one codec, called app, into *folder*; nothing that takes long is scored."""
    path = folder / f"{name}.codec.toml"
    named = ", ".join(f'"{one}"' for one in utterances)
    wired = ", ".join(f'"{one}"' for one in topologies or ("shared",))
    path.write_text(
        f'[speech]\nutterances = [{named}]\n[codecs.app]\nadapter = "{adapter}"\n'
        f'[scores]\nasr = false\npesq = false\n[[setups]]\ncodec = "app"\ntopology = [{wired}]\n'
    )
    return path


def ran(folder: Path, suite_file: Path, *options: object) -> Path:
    """Run a suite with its runs in *folder*; return the folder of the one run there."""
    done = typed("run", suite_file, "--out", folder, "--jobs", 1, "--no-explain", *options)
    assert done.code in (0, 1), done.err
    (record,) = folder.glob("*/run.json")
    return record.parent
