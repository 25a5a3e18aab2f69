"""A long-lived program that misbehaves is one clear line, in time, and costs the program."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from programs import SERVER, written

from harness.codecs.command.codec import CommandCodec
from harness.codecs.protocol import Side
from harness.errors import CodecFailed

BAD_HELLOS = {
    "hangs": ("time.sleep(60)", r"no answer to hello within 1 s, its start_limit; nothing on standard error"),
    "ends": ("sys.exit('no weights')", r"ended with exit code 1 during hello; standard error: no weights"),
    "prints": ("print('Loading model', flush=True); time.sleep(9)", r"(answered hello with|wrote) b'Loading model"),
    "other version": ("request(); answer(b'\\0' + struct.pack('<I', 9) + HELLO[4:])", r"speaks version 9"),
    "no rate": ("request(); answer(b'\\0' + HELLO[:4] + bytes(4) + HELLO[8:])", r"gives the sample rate as 0"),
    "short": ("request(); answer(b'\\0' + HELLO[:9])", r"hello was answered with 9 bytes, wanted 29\+"),
    "an empty answer": ("request(); answer(b'')", r"does not begin with a length of 1 to"),
}


@pytest.mark.parametrize("name", BAD_HELLOS)
def test_a_program_that_does_not_introduce_itself(name: str, tmp_path: Path) -> None:
    code, message = BAD_HELLOS[name]
    with pytest.raises(CodecFailed, match=message) as caught:
        CommandCodec(serve=written(tmp_path, SERVER + code), start_limit=1.0 if name == "hangs" else 20.0)
    assert "\n" not in str(caught.value)


BAD_CALLS = {
    "hangs": ("time.sleep(60)", r"was stopped: no answer to encode within 1 s, its limit;"),
    "dies and leaves its output to another": (
        "import subprocess; subprocess.Popen(['sleep', '6'], start_new_session=True); os._exit(9)",
        r"ended with exit code 9 during encode or before, and what it started, which holds its standard output open",
    ),
    "dies": ("os.kill(os.getpid(), 6)", r"was killed by SIGABRT during encode"),
    "dies in the middle": (
        "sys.stdout.buffer.write(struct.pack('<I', 9) + b'\\0\\1'); sys.stdout.buffer.flush(); sys.exit('oh')",
        r"ended with exit code 1 during encode after 6 bytes of the answer; standard error: oh",
    ),
    "closes its output": ("sys.stdout.flush(); os.close(1); time.sleep(60)", r"closed its standard output during enc"),
    "too much": ("sys.stdout.buffer.write(b'\\x09\\0\\0\\0\\0' + bytes(30)); sys.stdout.flush()", r"bytes more"),
    "too many codes": ("answer(bytes(1 + 4 * 4))", r"encode was answered with 16 bytes, wanted 2 codes of 4 bytes"),
    "refuses": ("answer(b'\\1cannot: out of memory')", r"encode failed: cannot: out of memory"),
    "unknown status": ("answer(b'\\x09' + bytes(8))", r"encode: answered with status 9, wanted 0, 1, 2: b'\\t"),
    "does not offer it": ("answer(b'\\2')", r"does not offer encode: no reason given"),
    "floods standard error": ("sys.stderr.write('x' * 3000000); sys.exit(4)", r"exit code 4 during encode; standard e"),
}
LIMITS = {"hangs": 1.0, "dies and leaves its output to another": 2.0}  # s


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_served_program_that_misbehaves_is_one_clear_finding(name: str, tmp_path: Path) -> None:
    code, message = BAD_CALLS[name]
    rest = "request(); answer(b'\\0' + HELLO); request(); answer(b'\\0'); request()\n" + code + "\nrequest()"
    codec = CommandCodec(serve=written(tmp_path, SERVER + rest), limit=LIMITS.get(name, 20.0))
    with pytest.raises(CodecFailed, match=message) as caught:
        codec.open().encode(np.zeros(320, np.float32))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 900


@pytest.mark.parametrize(
    "spoilt",
    [
        "sys.stdout.buffer.write(token + bytes(8)); sys.stdout.buffer.flush()",
        "sys.stdout.buffer.write(struct.pack('<I', 1) + bytes(1) + token); sys.stdout.buffer.flush()",
        "answer(b'\\x09' + token)",
    ],
    ids=["no-length", "more-than-its-length", "unknown-status"],
)
def test_what_a_program_writes_in_the_wrong_place_is_shown_without_its_environment(spoilt: str, tmp_path: Path) -> None:
    program = written(tmp_path, f"{SERVER}\ntoken = os.environ['TOKEN'].encode()\nrequest()\n{spoilt}\nrequest()\n")
    with pytest.raises(CodecFailed, match=r"b'.*\(TOKEN\)") as caught:
        CommandCodec(serve=program, environment={"TOKEN": "~~~~"})
    assert "~~~~" not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "name", "call"),
    [
        (1, "open", lambda codec: codec.open()),
        (5, "reset", lambda codec: codec.open().reset(Side.BOTH)),
        (6, "clone", lambda codec: codec.open().clone()),
    ],
)
def test_an_answer_that_carries_what_it_must_not_is_noticed(
    number: int, name: str, call: Callable[[CommandCodec], object], tmp_path: Path
) -> None:
    code = f"""
while True:
    asked = request()[0]
    answer(b"\\0" + (HELLO if asked == 0 else b"junk" if asked == {number} else b""))
"""
    codec = CommandCodec(serve=written(tmp_path, SERVER + code))
    with pytest.raises(CodecFailed, match=rf"{name} was answered with 4 bytes, wanted none: b'junk'$"):
        call(codec)


def test_unasked_output_between_calls_is_noticed(tmp_path: Path) -> None:
    code = "request(); answer(b'\\0' + HELLO); request(); answer(b'\\0'); print('progress 10%', flush=True); request()"
    codec = CommandCodec(serve=written(tmp_path, SERVER + code))
    # Whether it comes with an answer, before the next request or after it: it is shown and blamed.
    with pytest.raises(CodecFailed, match=r"b'progress 10%"):
        codec.open().encode(np.zeros(320, np.float32))


def test_a_program_that_does_not_read_cannot_block_us(tmp_path: Path) -> None:
    code = "request(); answer(b'\\0' + HELLO); request(); answer(b'\\0'); time.sleep(60)"
    codec = CommandCodec(serve=written(tmp_path, SERVER + code), limit=1.0)
    with pytest.raises(CodecFailed, match="no answer to encode within"):
        codec.open().encode(np.zeros(320 * 5000, np.float32))  # more than a pipe holds
