"""What a change can reach is run, and what it cannot is left; where that cannot be told, it is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import begin, commit, git

import harness
from harness.errors import UsageInvalid
from harness.record import RunRecord
from harness.runs import suite as suites
from harness.runs.since.reach import Reach, Reason, noted, reach

pytestmark = pytest.mark.usefixtures("table")

ROOT = Path(harness.__file__).parents[1]
SUITE = """
name = "mine"
[speech]
source = "speech"
[codecs.mine]
adapter = "my_codec:Mine"
[codecs.other]
adapter = "other_codec:Other"
[codecs.opus]
adapter = "opus"
[scores]
asr = false
[[setups]]
codec = ["mine", "other", "opus"]
topology = ["shared", "cross-talk"]
[[setups]]
codec = "opus"
topology = "offline"
reference = "mine/shared"
"""
FILES = {
    "a.codec.toml": SUITE,
    "my_codec.py": "import numpy\nfrom my_parts import filters\nclass Mine: ...\n",
    "my_parts/__init__.py": "",
    "my_parts/filters.py": "from .deep import x\n",
    "my_parts/deep.py": "x = 1\n",
    "other_codec.py": "import json\nclass Other: ...\n",
    "unused.py": "",
    "README.md": "",
    "weights.bin": "w",
    "speech/a.wav": "not read",
    "speech/a.txt": "the words",
    "b.codec.toml": SUITE,
    "baselines/mine.json": "{}",
    ".gitignore": "ignored*\n",
}
OWN_MODULES = {"my_codec", "my_parts", "other_codec", "unused", "new", "my_ears"}
MINE = {"mine/shared", "mine/cross-talk", "opus/offline"}
OTHER = {"other/shared", "other/cross-talk"}
OPUS = {"opus/shared", "opus/cross-talk", "opus/offline"}
ALL = MINE | OTHER | OPUS


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a suite of two codecs of its own and one of the harness, all committed."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name, text in FILES.items():
        write(folder / name, text)
    begin(folder)
    monkeypatch.chdir(folder)
    # Other tests leave folders of theirs, with modules of the same names.
    monkeypatch.setattr(sys, "path", [place for place in sys.path if not Path(place).is_relative_to(tmp_path.parent)])
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN_MODULES]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def asked(folder, since="HEAD", accepted=()):
    path = folder / "a.codec.toml"
    return reach(suites.load(path), path, since, accepted)


def test_where_nothing_changed_nothing_is_run(checkout):
    found = asked(checkout)
    assert (found.reached, found.changed) == (frozenset(), 0)
    assert found.lines() == [
        "since HEAD: no files changed",
        "none of 7 setups run: nothing that they depend on changed",
    ]


@pytest.mark.parametrize(
    ("name", "reached", "said"),
    [
        ("my_codec.py", MINE, "it is of the code of codec `mine`: 3 of 7 setups run"),
        ("my_parts/deep.py", MINE, "it is of the code of codec `mine`"),
        ("other_codec.py", OTHER, "it is of the code of codec `other`: 2 of 7 setups run"),
        ("unused.py", set(), ""),
        ("new.py", set(), ""),
        ("README.md", set(), ""),
        ("b.codec.toml", set(), ""),
        ("a.codec.toml", ALL, "it is the suite: 7 of 7 setups run"),
        ("speech/a.wav", ALL, "it is of the speech"),
        ("speech/b.txt", ALL, "it is of the speech"),
        ("speech/a.txt", ALL, "it is of the speech"),
        ("pyproject.toml", ALL, "it may say what is installed"),
        ("locks/ci.txt", ALL, "it may say what is installed"),
        ("conftest.py", ALL, "it may say what is installed, or how everything is run"),
        ("weights.bin", MINE | OTHER, "codec `mine` may read it: which files its adapter opens is not seen"),
        ("table.json", MINE | OTHER, "codec `other` may read it"),
        ("baselines/mine.json", set(), ""),
    ],
)
@pytest.mark.parametrize("how", ["edited", "committed", "gone"])
def test_a_changed_file_reaches_what_depends_on_it(checkout, name, reached, said, how):
    write(checkout / name, "# changed" if name != "a.codec.toml" else SUITE + "\n")
    if how == "committed":
        commit(checkout)
    if how == "gone":
        if name in ("a.codec.toml", "speech/a.txt", "speech/a.wav"):
            return  # there is nothing to run
        commit(checkout)
        (checkout / name).unlink()
    found = asked(checkout, "HEAD~1" if how == "committed" else "HEAD")
    assert found.reached == reached
    by_name = how == "gone" and said.startswith("it is of the code")  # of what is gone, the name alone is known
    said = "codec" if by_name else said
    assert f"{name} changed; {said}" in "\n".join(found.lines()) or not reached


def test_what_was_accepted_is_a_part_of_what_is_judged(checkout):
    accepted = checkout / "baselines" / "mine.json"
    assert asked(checkout, accepted=[accepted]).reached == set()
    accepted.write_text("{ }")
    assert asked(checkout, accepted=[accepted]).reached == ALL


def test_a_module_that_is_found_only_when_the_adapter_runs_counts_by_its_name(checkout):
    write(checkout / "my_codec.py", "import sys\nsys.path.insert(0, 'lib')\nimport late.part\nclass Mine: ...\n")
    write(checkout / "lib" / "late" / "__init__.py", "")
    write(checkout / "lib" / "late" / "part.py", "")
    write(checkout / "lib" / "late" / "inner.py", "")  # which the package may import
    commit(checkout)
    assert asked(checkout).reached == set()
    for name in ("lib/late/part.py", "lib/late/__init__.py", "lib/late/inner.py"):
        write(checkout / name, "x = 1")
        found = asked(checkout)
        assert found.reached == MINE
        assert f"{name} changed; codec `mine` imports a module that is called so: 3 of 7 setups run" in found.lines()
        git(checkout, "checkout", "-q", ".")


def test_a_package_that_the_environment_has_found_counts_with_all_of_it(checkout):
    write(checkout / "my_codec.py", "import late.part\nclass Mine: ...\n")
    write(checkout / "lib" / "late" / "inner.py", "")
    commit(checkout)
    write(checkout / "lib" / "late" / "inner.py", "x = 1")
    write(checkout / "lib" / "inner.py", "x = 1")
    said = "lib/late/inner.py changed; codec `mine` imports a module that is called so: 3 of 7 setups run"
    assert asked(checkout).lines()[1:] == [said]


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ("import importlib\nimportlib.import_module(name)", MINE),
        ("from subprocess import run", MINE),
        ("exec(open('x').read())", MINE),
        ("import os\nos.system('python x.py')", MINE),
        ("from os import system as run\nrun(command)", MINE),
        ("import os\nos.spawnlp(0, program)", MINE),
        ("import asyncio\nasyncio.create_subprocess_exec(program)", MINE),
        ("import builtins\nbuiltins.exec(text)", MINE),
        ("from pydoc import locate", MINE),
        ("import pickle", MINE),
        ("import torch\ntorch.load('m.pt', weights_only=False)", MINE),
        ("import torch\ntorch.load('m.pt', weights_only=True)", set()),
        ("import numpy\nnumpy.load('m.npy', allow_pickle=True)", MINE),
        ("import torch\ntorch.hub.load('.', 'model', source='local')", MINE),
        ("import torch\ntorch.load('m.pt')", set()),  # of 2.6 and newer
        ("import pandas\npandas.read_pickle('m')", MINE),
        ("import sys\nsys.path.insert(0, place)", MINE),
        ("import sys as s\ns.path.insert(0, place)", MINE),
        ("from sys import path", MINE),
        ("from os import path", set()),
        ("import sys\nsys.exit", set()),
        ("from importlib.metadata import version", set()),
        ("model.eval()", set()),
    ],
)
def test_code_that_runs_what_no_import_names_may_run_any_file(checkout, code, reached):
    write(checkout / "my_parts" / "deep.py", f"x = 1\n{code}\n")
    commit(checkout)
    write(checkout / "unused.py", "x = 1")
    found = asked(checkout)
    assert found.reached == reached
    if reached:
        who = "my_parts/deep.py, of the code of codec `mine`, runs code that no import names"
        assert f"unused.py changed; {who}: 3 of 7 setups run" in found.lines()


def test_older_torch_imports_classes_by_name_when_it_loads(checkout, monkeypatch):
    write(checkout / "my_codec.py", "import torch\nimport json\nW = torch.load('m.pt')\nclass Mine: ...\n")
    write(checkout / "other_codec.py", "import json\nW = json.load(file)\nclass Other: ...\n")
    commit(checkout)
    write(checkout / "unused.py", "x = 1")
    monkeypatch.setattr("importlib.metadata.version", lambda _: "2.5.1+cpu")
    assert asked(checkout).reached == MINE


@pytest.mark.parametrize(
    ("code", "name", "reached"),
    [
        ("T = open('tab' + size + '.py').read()", "tab1.py", MINE),
        ("T = open(f'tables/{size}.py').read()", "tables/one.py", MINE),
        ("T = [p.read_text() for p in Path('tables').iterdir()]", "tables/one.py", MINE),
        ("T = [open(name).read() for name in os.listdir('tables')]", "tables/one.md", MINE),
        ("T = sorted(Path('baselines').glob('*'))", "baselines/mine.json", MINE),
        ("T = sorted(Path('baselines').glob('*.json'))", "baselines/mine.json", MINE),
        ("T = sorted(Path('tables').glob('*.npz'))", "tables/one.py", set()),
        ("T = sorted(Path('tables').glob('*.npz'))", "README.md", set()),
        ("T = open('page' + size + '.html').read()", "page1.html", MINE),
        ("T = open('table1.npz').read()", "unused.py", set()),
    ],
)
def test_code_that_lists_folders_or_makes_up_names_may_read_what_is_called_so(checkout, code, name, reached):
    write(checkout / "my_codec.py", f"import os\nfrom pathlib import Path\n{code}\nclass Mine: ...\n")
    write(checkout / name, "1")
    commit(checkout)
    write(checkout / name, "2")
    found = asked(checkout)
    assert found.reached == reached
    told = [line for line in found.lines() if line.startswith(f"{name} changed; ")]
    lists = "may read it: its code lists folders, or names what ends so"
    reason = "it is of the code of" if "*.json" in code else lists
    assert [reason in line for line in told] == [True] * bool(reached)


def options(checkout, codec, rest):
    text = SUITE.replace('adapter = "opus"', f"{codec}\n{rest}").replace('source = "speech"', 'source = "embedded"')
    write(checkout / "a.codec.toml", text)
    commit(checkout)


def test_a_file_that_an_option_names_is_a_part_of_the_codec(checkout):
    options(checkout, 'adapter = "mini"', 'weights = "models/mine"')
    write(checkout / "models" / "mine" / "config.json", "{}")
    commit(checkout)
    assert asked(checkout).reached == set()
    write(checkout / "models" / "mine" / "config.json", "{ }")
    assert "models/mine/config.json changed; codec `opus` names it: 3 of 7 setups run" in asked(checkout).lines()


@pytest.mark.parametrize("place", ["ignored.safetensors", "../outside.safetensors"])
def test_of_what_git_does_not_follow_nobody_knows_whether_it_changed(checkout, place):
    (checkout / place).write_text("x")
    options(checkout, 'adapter = "mimi"', f'weights = "{place}"')
    found = asked(checkout)
    assert found.reached == OPUS
    said = f"git does not follow {place}, and cannot tell whether it changed: 3 of 7 setups run"
    assert said in found.lines()


def test_a_link_leads_to_what_it_is_of(checkout):
    (checkout / "outside").mkdir()
    (checkout / "outside" / "real.safetensors").write_text("x")
    (checkout / "link.safetensors").symlink_to("outside/real.safetensors")
    options(checkout, 'adapter = "mimi"', 'weights = "link.safetensors"')
    assert asked(checkout).reached == set()
    (checkout / "outside" / "real.safetensors").write_text("y")
    assert "outside/real.safetensors changed; codec `opus` names it: 3 of 7 setups run" in asked(checkout).lines()
    git(checkout, "checkout", "-q", ".")
    (checkout / "link.safetensors").unlink()
    (checkout / "link.safetensors").symlink_to("weights.bin")
    assert asked(checkout).reached >= OPUS


@pytest.mark.parametrize("name", ["weights", "weights/model.bin", "weights/deep/more"])
def test_a_link_inside_a_folder_leads_to_what_it_is_of(checkout, name):
    write(checkout / "weights" / "config.json", "{}")
    write(checkout / "large" / "model.bin", "x")
    if name == "weights":
        (checkout / "weights" / "config.json").unlink()
        (checkout / "weights").rmdir()
    else:
        (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).symlink_to((checkout / "large" / "model.bin") if name.endswith("bin") else checkout / "large")
    options(checkout, 'adapter = "encodec"', 'weights = "weights"')
    assert asked(checkout).reached == set()
    write(checkout / "large" / "model.bin", "y")
    assert "large/model.bin changed; codec `opus` names it: 3 of 7 setups run" in asked(checkout).lines()


@pytest.mark.parametrize("link", ["b.txt", "more"])
def test_a_link_in_the_speech_leads_to_what_it_is_of(checkout, link):
    write(checkout / "texts" / "b.txt", "words")
    (checkout / "speech" / link).symlink_to("../texts/b.txt" if link == "b.txt" else "../texts")
    commit(checkout)
    write(checkout / "texts" / "b.txt", "other words")
    assert "texts/b.txt changed; it is of the speech: 7 of 7 setups run" in asked(checkout).lines()


def test_a_link_in_a_folder_may_lead_to_what_git_does_not_follow_and_round_in_a_circle(checkout):
    write(checkout / "weights" / "config.json", "{}")
    write(checkout.parent / "outside" / "model.bin", "x")
    (checkout / "weights" / "sub").symlink_to(checkout.parent / "outside")
    (checkout / "weights" / "circle").symlink_to("../weights")
    options(checkout, 'adapter = "encodec"', 'weights = "weights"')
    assert asked(checkout).reached == OPUS


@pytest.mark.parametrize("written", ["~/model.bin", "$PLACE/model.bin"])
def test_an_option_may_name_a_place_as_a_shell_would(checkout, monkeypatch, written):
    outside = checkout.parent / "home"
    monkeypatch.setenv("HOME", str(outside))
    monkeypatch.setenv("PLACE", str(outside))
    write(outside / "model.bin", "x")
    options(checkout, 'adapter = "mimi"', f'weights = "{written}"')
    assert asked(checkout).reached == OPUS


def test_a_program_may_load_anything_and_its_own_file_is_named(checkout):
    write(checkout / "app", "#!/bin/sh\n")
    options(checkout, 'adapter = "command"', 'roundtrip = ["./app", "{in}", "{out}"]\nsample_rate = 16000')
    assert asked(checkout).reached == set()
    write(checkout / "app", "#!/bin/sh\n# changed\n")
    assert "app changed; codec `opus` names it: 3 of 7 setups run" in asked(checkout).lines()
    git(checkout, "checkout", "-q", ".")
    write(checkout / "unused.py", "x = 1")
    said = "unused.py changed; codec `opus` runs a program, and what that loads is not seen: 3 of 7 setups run"
    assert said in asked(checkout).lines()


def test_a_program_that_git_does_not_follow_is_run(checkout):
    write(checkout / "ignored-app", "#!/bin/sh\n")
    options(checkout, 'adapter = "command"', 'roundtrip = ["./ignored-app", "{in}", "{out}"]\nsample_rate = 16000')
    assert asked(checkout).reached == OPUS


def test_a_server_is_always_run(checkout):
    options(checkout, 'adapter = "server"', 'url = "tcp://localhost:1"')
    found = asked(checkout)
    assert found.reached == OPUS
    assert found.lines()[1] == "codec `opus` is a server, and what that runs is not seen: 3 of 7 setups run"


def test_an_adapter_that_is_not_found_is_run_and_will_say_so(checkout):
    (checkout / "other_codec.py").unlink()
    commit(checkout)
    found = asked(checkout)
    assert found.reached == OTHER
    assert found.lines()[1] == "the module of codec `other` is not found here: 2 of 7 setups run"


def test_who_makes_the_codes_of_a_decoder_decides_too(checkout):
    options(checkout, 'adapter = "opus"', 'codes_from = "other"')
    write(checkout / "other_codec.py", "class Other: ...\n")
    assert asked(checkout).reached == OTHER | OPUS


def test_a_metric_of_the_suites_own_decides_all(checkout):
    own = '[scores]\nasr = false\n[scores.own.ears]\nfunction = "my_ears:ears"\nbetter = "higher"\n'
    write(checkout / "a.codec.toml", SUITE.replace("[scores]\nasr = false\n", own))
    write(checkout / "my_ears.py", "def ears(): ...\n")
    commit(checkout)
    write(checkout / "my_ears.py", "def ears(): return 1\n")
    assert "my_ears.py changed; it is of the code of the metric `ears`: 7 of 7 setups run" in asked(checkout).lines()


def test_a_repository_within_is_seen_as_a_whole(checkout):
    inner = checkout / "my_parts"
    git(checkout, "rm", "-rq", "--cached", "my_parts")
    begin(inner)
    commit(checkout)
    assert asked(checkout).reached == set()
    write(inner / "deep.py", "x = 2\n")
    assert asked(checkout).reached >= MINE


def test_what_a_repository_within_ignores_is_not_known(checkout):
    inner = checkout / "inner"
    write(inner / ".gitignore", "*.bin\n")
    write(inner / "model.bin", "x")
    begin(inner)
    options(checkout, 'adapter = "mimi"', 'weights = "inner/model.bin"')
    assert "git does not follow inner/model.bin, and cannot tell whether it changed: 3 of 7 setups run" in (
        asked(checkout).lines()
    )
    options(checkout, 'adapter = "mimi"', 'weights = "inner/.gitignore"')
    assert asked(checkout).reached == set()


def test_a_file_that_git_was_told_not_to_look_at_is_not_known(checkout):
    git(checkout, "update-index", "--assume-unchanged", "my_parts/deep.py")
    write(checkout / "my_parts" / "deep.py", "x = 2\n")
    assert asked(checkout).reached == MINE


def test_the_harness_itself_decides_everything_where_it_lies_in_the_checkout(checkout):
    for name in ("harness", "fixtures/speech", "fixtures/suites", "fixtures/mini-mimi"):
        target = checkout / name
        target.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", str(ROOT / name), str(target)], check=True)
    commit(checkout)
    code = (
        "from pathlib import Path; from harness.runs import suite; from harness.runs.since.reach import reach\n"
        "path = Path('a.codec.toml'); print(*reach(suite.load(path), path, 'HEAD').lines(), sep='\\n')"
    )

    def said():
        environment = os.environ | {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "none of 7 setups run" in said()
    for name in ("harness/metrics/stoi.py", "fixtures/mini-mimi/config.json"):
        with (checkout / name).open("a") as file:
            file.write("\n")
        assert f"{name} changed; it is of codec-harness, which decides every result: 7 of 7 setups run" in said()
        git(checkout, "checkout", "-q", ".")
    write(checkout / "fixtures" / "suites" / "new.toml", "")
    assert "none of 7 setups run" not in said()  # data, which codecs of one's own may read


@pytest.mark.parametrize("since", ["no-such-commit", "--output=x", "", "HEAD:my_codec.py"])
def test_a_commit_that_is_not_there_is_one_error(checkout, since):
    with pytest.raises(UsageInvalid, match="wanted a commit"):
        asked(checkout, since)
    assert not (checkout / "x").exists()


def test_a_folder_without_git_is_one_error(tmp_path):
    write(tmp_path / "a.codec.toml", SUITE)
    with pytest.raises(UsageInvalid, match="wanted a folder in a git repository"):
        asked(tmp_path)


def test_odd_names_and_a_hook_of_git_change_nothing(checkout, monkeypatch):
    odd = 'my_parts/ä "x"\n.py'
    write(checkout / odd, "x = 1")
    monkeypatch.setenv("GIT_DIR", str(checkout / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(checkout / "no-index"))
    assert asked(checkout).reached == set()
    write(checkout / "my_parts" / "deep.py", "x = 3")
    assert asked(checkout).reached == MINE


def test_what_is_not_run_is_a_note_of_the_record_and_goes_when_all_is_run():
    found = Reach("v1", 1, ("a", "b", "c"), (Reason(("x.py",), "it is x", frozenset({"b"})),))
    bare = RunRecord.model_construct(notes=("said before",), setups=())
    assert found.skipped == "not run: nothing that it depends on changed since v1"
    assert found.not_run(["b"]) == "Not run, since nothing that they depend on changed since v1: a, c."
    once = noted(found, bare)
    assert once.notes == ("Not run, since nothing that they depend on changed since v1: a, c.", "said before")
    assert noted(found, once) is once
    assert noted(None, once).notes == ("said before",)
    reached = Reach("v1", 1, ("a", "b"), (Reason(("x.py",), "it is x", frozenset({"a", "b"})),))
    assert noted(reached, bare) is bare  # what is reached and has not run is not applicable, or was not asked for


def test_many_files_are_counted():
    files = tuple(f"{number}.py" for number in range(5))
    found = Reach("v1", 5, ("a",), (Reason(files, "it is so", frozenset({"a"})),))
    assert found.lines()[1] == "0.py, 1.py, 2.py and 2 more changed; it is so: 1 of 1 setups run"
