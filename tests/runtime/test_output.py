"""Standard output carries a result and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.runtime import output

PATHS = f"{Path(harness.__file__).parents[1]}:{Path(__file__).parents[1]}"


def python(code):
    environment = os.environ | {"PYTHONPATH": PATHS}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=False)


IN_MAIN = """
from harness.runtime import output
from planted.tasks import print_a_lot
with output.claimed():
    print_a_lot()
    output.say_json('{"a": 1}')
    print_a_lot()
"""
IN_A_WORKER = """
from harness.runtime import output
from harness.runtime.pool import IsolatedPool
from planted.tasks import print_a_lot
with output.claimed(), IsolatedPool(1) as pool:
    assert pool.submit(print_a_lot).result() == "done"
    output.say_json('{"a": 1}')
"""


@pytest.mark.parametrize("code", [IN_MAIN, IN_A_WORKER])
def test_what_others_print_goes_to_standard_error_and_not_without_end(code):
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"a": 1}
    assert done.stderr.startswith(b"said by Python")
    assert b"said by native code" not in done.stderr
    assert done.stderr.count(b"the rest is dropped") == 1
    assert len(done.stderr) < output.MOST + 1000
    assert b"\x1b" not in done.stderr


def test_afterwards_standard_output_is_what_it_was():
    done = python("from harness.runtime import output\nwith output.claimed(): print('a')\nprint('b')")
    assert (done.stdout, done.stderr) == (b"b\n", b"a\n")


def test_a_reader_that_has_gone_is_no_verdict():
    code = "from harness.runtime import output\nwith output.claimed():\n  while True: output.say('x' * 1000)"
    environment = os.environ | {"PYTHONPATH": PATHS}
    told = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert told.stdout is not None
    assert told.stderr is not None
    told.stdout.readline()
    told.stdout.close()
    assert told.stderr.read() == b""
    assert told.wait(30) == output.READER_GONE
    told.stderr.close()


def test_in_memory_it_is_kept_apart_too(capsys):
    with output.claimed():
        print("aside")
        output.say("\x1b[31mred\n::error::x")
    said = capsys.readouterr()
    assert said.out == "\\x1b[31mred\n\\x3a:error::x\n"
    assert said.err == "aside\n"


def test_a_warning_is_one_clean_line():
    done = python(
        "import warnings\nfrom harness.runtime import output\n"
        "with output.claimed(): warnings.warn('a\\x1b[2J\\n::error::b')"
    )
    assert done.stderr == b"codec-harness: warning: a\\x1b[2J ::error::b (UserWarning)\n"
