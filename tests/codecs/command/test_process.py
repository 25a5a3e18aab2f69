"""Programs are started without a shell, bounded, and ended with all that they started."""

import os
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from programs import FILES, SERVER, decode_silence, roundtrip, written

from harness.codecs.command.codec import CommandCodec
from harness.codecs.command.process import SHOWN, Loaded, Program, StandardError, how_it_ended, run
from harness.errors import CodecFailed, CodecUnavailable, ProgramKilled, TriedAgain


def test_the_fingerprint_follows_the_programs_content(tmp_path: Path) -> None:
    def fingerprint(text: str) -> str:
        path = tmp_path / "app"
        path.write_text(text)
        path.chmod(0o755)
        return roundtrip(["./app"], folder=str(tmp_path)).info.fingerprint

    assert fingerprint("one") == fingerprint("one") != fingerprint("two")


def test_a_program_that_fills_the_disk_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.codecs.command.process.LARGEST_FILE", 1 << 20)
    codec = roundtrip(
        written(tmp_path, "f = open(sys.argv[2], 'wb')\nfor _ in range(64): f.write(bytes(1 << 20))\ntime.sleep(60)")
    )
    with pytest.raises(CodecFailed, match="was stopped: it wrote more than 1 MiB"):
        decode_silence(codec)


def test_what_a_program_leaves_running_is_ended(tmp_path: Path) -> None:
    program = written(
        tmp_path,
        """
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
        open("child", "w").write(str(child.pid))
        sys.exit(3)
        """,
    )
    codec = roundtrip(program, folder=str(tmp_path))
    with pytest.raises(CodecFailed, match="exit code 3"):
        decode_silence(codec)
    assert is_gone(int((tmp_path / "child").read_text()))


QUIETLY = """
import subprocess
child = subprocess.Popen(["sleep", "300"], stdin=-3, stdout=-3, stderr=-3)
open("child", "w").write(str(child.pid))
"""


def test_what_a_program_that_ends_well_leaves_running_is_ended_too(tmp_path: Path) -> None:
    program = written(tmp_path, "import shutil\nshutil.copy(*sys.argv[1:3])\n" + QUIETLY)
    decode_silence(roundtrip(program, folder=str(tmp_path)))
    assert is_gone(int((tmp_path / "child").read_text()))


def test_what_a_long_lived_program_leaves_running_is_ended_too(tmp_path: Path) -> None:
    program = written(tmp_path, SERVER + "request(); answer(b'\\0' + HELLO); request()\n" + QUIETLY + "sys.exit(3)")
    with pytest.raises(CodecFailed, match="exit code 3"):
        CommandCodec(serve=program, folder=str(tmp_path)).open()
    assert is_gone(int((tmp_path / "child").read_text()))


def is_gone(pid: int) -> bool:
    """Tell whether a process ends within some seconds."""
    status = Path("/proc", str(pid), "status")
    deadline = time.monotonic() + 30
    while status.exists() and "zombie" not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not status.exists() or "zombie" in status.read_text()


def test_programs_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CodecUnavailable, match=r"no program 'no-such-codec' on the PATH"):
        roundtrip(["no-such-codec"])
    with pytest.raises(CodecUnavailable, match=r"app does not exist; build the program"):
        roundtrip(["./app"], folder=str(tmp_path))
    (tmp_path / "app").write_text("text")
    with pytest.raises(CodecUnavailable, match=r"is not executable; chmod \+x"):
        roundtrip(["./app"], folder=str(tmp_path))
    (tmp_path / "app").chmod(0o755)
    with pytest.raises(CodecUnavailable, match=r"cannot be started \(.*Exec format error"):
        decode_silence(roundtrip(["./app"], folder=str(tmp_path)))


def test_no_shell_is_involved(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    program = written(tmp_path, "sys.exit(' '.join(sys.argv[1:2]))")
    codec = CommandCodec(roundtrip=[*program, f"; touch {marker} $(touch {marker})", "{in}", "{out}"], **FILES)
    with pytest.raises(CodecFailed, match=r"standard error: ; touch .*\$\(touch"):
        decode_silence(codec)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("shell", "error", "said"),
    [
        ("exit 128", CodecFailed, "sh ended with exit code 128"),
        ("exit 129", ProgramKilled, "sh ended with exit code 129"),  # as a shell says that a signal ended what it ran
        ("kill -9 $$", ProgramKilled, "sh was killed by SIGKILL"),
    ],
)
def test_a_program_that_a_signal_ended_is_told_from_one_that_failed(
    shell: str, error: type[CodecFailed], said: str, tmp_path: Path
) -> None:
    program = Loaded(Program(("sh", "-c", shell), tmp_path))
    with pytest.raises(CodecFailed) as caught:
        run(program, limit=20, source=tmp_path / "in", target=tmp_path / "out")
    assert type(caught.value) is error
    assert str(caught.value) == f"command: {said}; nothing on standard error"


def test_a_signal_without_a_name_is_told_by_its_number() -> None:
    assert how_it_ended(-99) == "was killed by signal 99"
    assert how_it_ended(0) == "ended with exit code 0"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b" \n\t\n", "nothing on standard error"),
        (b"x" * SHOWN, "standard error: " + "x" * SHOWN),
        (b"y" + b"x" * SHOWN, "standard error: ..." + "x" * SHOWN),
        (b"first\n\n  last \xff\n", "standard error: first | last \ufffd"),
        (b"key s3cret-key\n", "standard error: key (KEY)"),
    ],
)
def test_the_end_of_standard_error_is_shown_in_a_line(written: bytes, shown: str, tmp_path: Path) -> None:
    there, here = os.pipe()
    messages = StandardError(os.fdopen(there, "rb", buffering=0), Program(("true",), tmp_path, {"KEY": "s3cret-key"}))
    os.write(here, written)
    os.close(here)
    assert messages.finish()
    assert messages.shown() == shown


def test_arguments_and_environment_are_in_the_fingerprint(tmp_path: Path) -> None:
    programs = [
        Program(("true",), tmp_path),
        Program(("true", "ab", "c"), tmp_path),
        Program(("true", "a", "bc"), tmp_path),
        Program(("true",), tmp_path, {"A": "1"}),
        Program(("true", "weights"), tmp_path),
    ]
    prints = [program.fingerprint() for program in programs]
    assert len(set(prints)) == len(prints)
    (tmp_path / "weights").write_text("1")
    assert [program.fingerprint() for program in programs][:4] == prints[:4]
    assert programs[4].fingerprint() != prints[4]


COPY = "import shutil\nshutil.copy(*sys.argv[1:3])\n"


def test_a_program_that_was_built_again_since_it_was_loaded_gives_nothing(tmp_path: Path) -> None:
    codec = roundtrip(written(tmp_path, COPY))
    decode_silence(codec)
    written(tmp_path, COPY)  # the same again
    decode_silence(codec)
    written(tmp_path, COPY + "# and something else\n")
    with pytest.raises(TriedAgain, match=r"program\.py changed since the program was loaded; run it once more"):
        decode_silence(codec)


def test_a_program_that_is_built_again_while_it_runs_gives_nothing(tmp_path: Path) -> None:
    codec = roundtrip(written(tmp_path, COPY + "open(sys.argv[0], 'a').write('# more')\n"))
    with pytest.raises(TriedAgain, match=r"program\.py changed since"):
        decode_silence(codec)


@pytest.mark.parametrize(
    ("then", "besides"),
    [
        ("sys.exit(3)", "exit code 3"),
        ("os.remove(sys.argv[0])", "wrote no out.wav"),
        ("os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
    ],
)
def test_what_fails_while_it_is_built_again_is_tried_again(then: str, besides: str, tmp_path: Path) -> None:
    codec = roundtrip(written(tmp_path, f"import os\nopen(sys.argv[0], 'a').write('# more')\n{then}\n"))
    with pytest.raises(TriedAgain, match=rf"program\.py changed since .*; besides, command: .*{besides}"):
        decode_silence(codec)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.chmod(0o600)])
def test_a_program_that_is_not_there_while_it_is_built_again_is_tried_again(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\ncp "$1" "$2"\n')
    program.chmod(0o700)
    codec = CommandCodec(roundtrip=[str(program), "{in}", "{out}"], **FILES)
    decode_silence(codec)
    change(program)
    with pytest.raises(TriedAgain, match=f"{program} changed since"):
        decode_silence(codec)


def test_the_files_of_a_long_lived_program_are_read_once_for_its_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, fingerprint = [], Program.fingerprint

    def counted(program: Program, files: Collection[Path] | None = None) -> str:
        read.append(program)
        return fingerprint(program, files)

    monkeypatch.setattr(Program, "fingerprint", counted)
    CommandCodec(serve=written(tmp_path, SERVER + "request(); answer(b'\\0' + HELLO); request()"))
    assert len(read) == 1


@pytest.mark.parametrize("name", ["of.log", "not-there-yet.txt"])
def test_what_a_program_logs_is_no_part_of_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "of.log").write_text("before\n")
    program = written(tmp_path, COPY + "open(sys.argv[3], 'a').write('ran')\n")
    codec = CommandCodec(roundtrip=[*program, "{in}", "{out}", str(tmp_path / name)], **FILES)
    decode_silence(codec)
    decode_silence(codec)


STARTED = "request(); answer(b'\\0' + HELLO[:12] + struct.pack('<I', {books}) + HELLO[16:]); request()\nos._exit(3)"


@pytest.mark.parametrize(
    ("first", "later", "said"),
    [
        (STARTED.format(books=2), STARTED.format(books=4), r"program\.py changed since the program was loaded"),
        (STARTED.format(books="1 + os.path.exists('new')"), "", "says that it is another codec than before"),
    ],
)
def test_a_long_lived_program_that_starts_again_as_another_gives_nothing(
    first: str, later: str, said: str, tmp_path: Path
) -> None:
    codec = CommandCodec(serve=written(tmp_path, SERVER + first), folder=str(tmp_path))
    with pytest.raises(CodecFailed, match="exit code 3"):
        codec.open()
    (tmp_path / "new").touch()
    if later:
        written(tmp_path, SERVER + later)
    for _ in range(2):
        with pytest.raises(TriedAgain, match=said):
            codec.open()
