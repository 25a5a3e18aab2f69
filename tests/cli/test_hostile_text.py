"""Hostile text in every field at once: nothing of it reaches a terminal, a log or a page raw."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from planted.hostile import HOSTILE, harm

import harness
from harness.runtime.resources import fixture

PATHS = f"{Path(harness.__file__).parents[1]}:{Path(__file__).parents[1]}"
SAYS = f'import sys; sys.stderr.write({HOSTILE!r}.replace("\\0", "")); sys.exit(3)'
SUITE = f"""
name = "hostile"
[speech]
utterances = ["heart-04"]
[scores]
asr = false
pesq = false
[codecs.quiet]
adapter = "planted.hostile:Hostile"
[codecs.raising]
adapter = "planted.hostile:Hostile"
raises = true
[codecs.program]
adapter = "command"
sample_rate = 16000
frame_size = 320
roundtrip = [{json.dumps(sys.executable)}, "-c", {json.dumps(SAYS)}, "{{in}}", "{{out}}"]
[[setups]]
codec = ["quiet", "raising"]
[[setups]]
codec = "quiet"
topology = "cross-talk"
wire = "drop-frame"
[[setups]]
codec = "program"
topology = "offline"
reference = "program/offline"
"""

GUARDED = """
name = "guarded"
[speech]
utterances = ["heart-04"]
[scores]
asr = false
pesq = false
[codecs.quiet]
adapter = "planted.hostile:Hostile"
[[setups]]
codec = "quiet"
"""


def call(*arguments, cwd, **variables):
    environment = os.environ | {"PYTHONPATH": f"{PATHS}:{cwd}", "COLUMNS": "400"} | variables
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, timeout=120
    )
    assert harm(done.stdout) == []
    assert harm(done.stderr) == []
    assert b"Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "s.codec.toml").write_text(SUITE)
    return folder


@pytest.fixture(scope="module")
def finished(place):
    done = call("harness", "run", "s.codec.toml", cwd=place)
    assert done.returncode == 1
    assert b"gotcha" in done.stdout  # it is told, and does no harm
    (folder,) = (path.parent for path in place.glob("reports/*/run.json"))
    return folder


@pytest.mark.parametrize("name", ["summary.md", "junit.xml", "index.html"])
def test_files_of_a_run(name, finished):
    content = (finished / name).read_bytes()
    assert b"gotcha" in content
    assert [one for one in harm(content) if name != "index.html" or one.startswith("U+")] == []
    assert not re.search(rb"(?<!\\)<img src=x", content)
    assert (b"[bold red]" in content) is (name != "summary.md")


def test_a_result_in_json_is_json_and_nothing_else(place):
    done = call("harness", "run", "s.codec.toml", "--json", "--fresh", cwd=place)
    assert len(json.loads(done.stdout)["setups"]) == 4
    assert b"gotcha" in done.stderr  # what the codec printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "{run}", "raising/shared/heart-04", "--suite", "s.codec.toml", "--json"),
        ("explain", "{run}", "quiet/cross-talk/drop-frame", "--suite", "s.codec.toml"),
        ("report", "{run}"),
        ("bisect", "--good", "quiet/shared", "--bad", "raising/shared", "--suite", "s.codec.toml", "--jobs", "1"),
        ("bisect", "--good", "quiet/shared", "--bad", "quiet/cross-talk/drop-frame", "--bad-if", "not-identical",
         "--suite", "s.codec.toml", "--json", "--jobs", "1"),
        ("diff", "quiet/shared", "raising/shared", "--suite", "s.codec.toml"),
        ("check", "planted.hostile:Hostile", "--option", "raises=true", "--law", "counts"),
        ("check", "planted.hostile:Hostile", "--law", "counts", "--json"),
        ("check", "planted.hostile:Hostile", "--law", "counts", "--markdown"),
    ],
    ids=lambda arguments: "-".join(one for one in arguments[:2] if one.isalpha()),
)  # fmt: skip
def test_commands(arguments, place, finished):
    done = call("harness", *(str(finished) if one == "{run}" else one for one in arguments), cwd=place)
    assert done.returncode in (0, 1), done.stderr
    if "--json" in arguments:
        json.loads(done.stdout)


EVIL = HOSTILE.replace("\x00", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", EVIL),
        ("run", "--setup", EVIL),
        ("run", "--utterance", EVIL),
        ("run", "--jobs", EVIL),
        (EVIL,),
        (f"--{EVIL}",),
        ("diff", EVIL, "x"),
        ("score", EVIL, EVIL),
        ("score", "{speech}", "{speech}", "--asr", EVIL, "--text", EVIL),
        ("check", EVIL),
        ("check", "pcm", "--option", f"{EVIL}=1"),
        ("check", "pcm", "--law", EVIL),
        ("explain", EVIL),
        ("report", EVIL),
        ("baseline", "show", EVIL),
        ("list", "speech", EVIL),
        ("bisect", "--good", EVIL, "--bad", EVIL),
        ("bisect", "--versions", EVIL),
    ],
    ids=lambda arguments: "-".join(one for one in arguments if one.isalpha()),
)
def test_bad_input_is_one_clean_line(arguments, place):
    speech = str(fixture("speech") / "heart-04.flac")
    done = call("harness", *(speech if one == "{speech}" else one for one in arguments), cwd=place)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("field", ["id", "transcript", "voice", "licence"])
def test_speech_with_control_characters_is_refused(field, tmp_path):
    source = fixture("speech")
    text = (source / "manifest.toml").read_text()
    at = text.index(f"{field} = ")
    end = text.index("\n", at)
    (tmp_path / "manifest.toml").write_text(f'{text[:at]}{field} = "a\\u001b]0;x\\u0007"{text[end:]}')
    done = call("harness", "list", "speech", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert b"holds a control character, \\x1b at place 2" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        '[codecs."a\\u001b"]\nadapter = "pcm"\n[[setups]]\ncodec = "a\\u001b"\n',
        'name = "a\\u202e"\n[codecs.a]\nadapter = "pcm"\n[[setups]]\ncodec = "a"\n',
        '[codecs.a]\nadapter = "pcm"\n[[setups]]\ncodec = "a"\nname = "x\\n::error::y"\n',
        '[codecs.a]\nadapter = "pcm"\n[[setups]]\ncodec = "a"\nwire = "x\\u009b"\n',
        '[codecs.a]\nadapter = "pcm"\n[topologies."b\\u2028"]\nchunk = 2\n[[setups]]\ncodec = "a"\n',
    ],
)
def test_names_with_control_characters_are_refused(text, tmp_path):
    (tmp_path / "s.toml").write_text(text)
    done = call("harness", "run", "s.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert b"holds a control character" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_gate_and_what_it_leaves_for_github(tmp_path):
    (tmp_path / "g.codec.toml").write_text(GUARDED)
    step = tmp_path / "step.md"
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(step), "CI": "true"}
    command = ("pytest", "-p", "no:cacheprovider", "-m", "codec", "g.codec.toml", "--junitxml", tmp_path / "j.xml")
    assert call(*command, "--codec-update", cwd=tmp_path, **variables).returncode == 0
    assert b"hostile\\x1b]0;" in call("harness", "baseline", "show", "baselines/guarded.json", cwd=tmp_path).stdout
    done = call(*command, "--codec-fresh", cwd=tmp_path, HOSTILE_RAISES="1", **variables)
    assert done.returncode == 1
    assert b"::error title=codec" in done.stdout
    assert b"gotcha" in done.stdout
    (run,) = (path.parent for path in tmp_path.glob("reports/*/run.json"))
    told = call("harness", "baseline", "diff", run, cwd=tmp_path)
    assert told.returncode == 1
    assert b"gotcha" in told.stdout
    for path in (step, tmp_path / "j.xml"):
        assert harm(path.read_bytes()) == []
        assert b"gotcha" in path.read_bytes()
        assert not re.search(rb"(?<!\\)<img", path.read_bytes())
