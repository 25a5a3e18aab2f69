"""Histories of commits and of checkpoints, searched from the command line to the answer."""

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from repository import ROOT, codec_table, commits_file, git, make_repository
from safetensors.numpy import load_file, save_file
from short_speech import write_short

from harness.bisect.answer.record import SearchRecord
from harness.cli.main import cli
from harness.runtime.resources import fixture


def bisect(*arguments):
    done = CliRunner().invoke(cli, ["bisect", *map(str, arguments), "--json", "--no-report", "--jobs", "2"])
    assert done.exit_code in (0, 1), done.output
    return SearchRecord.model_validate_json(done.stdout)


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "repository")


def subjects(record, names):
    return [version.about for version in record.versions for name in names if version.name == name]


def test_the_commit_that_broke_it_is_named(repository, tmp_path):
    record = bisect("--versions", commits_file(tmp_path, "v1", "v7"))
    (change,) = record.versions.changes
    assert subjects(record.versions, (change.before, change.after)) == ["a comment is gone", "softer"]
    broken = git(repository, "rev-parse", "v6")[:10]
    assert f"It breaks in {broken}" in record.words
    assert f"{broken} is 'softer'." in record.words


@pytest.mark.usefixtures("repository")
def test_a_commit_that_is_bad_only_in_one_topology_is_found_with_it(tmp_path):
    handover = 'set = { "topology.decoder.instance" = "clone", "topology.decoder.cloned" = "switch" }'
    record = bisect("--versions", commits_file(tmp_path, "v1", "v5", rest=f"[end]\n{handover}\n"))
    (cause,) = record.joint.rounds[0].causes
    assert set(cause.factors) == {"codec.commit", "topology.decoder.instance", "topology.decoder.cloned"}
    (step,) = record.joint.steps
    (change,) = step.history.changes
    assert subjects(step.history, (change.before, change.after)) == ["a comment", "clones are cheaper"]
    assert subjects(step.history, change.hidden) == ["half of a change"]
    reason = next(v.probe.reason for v in step.history.versions if v.name == change.hidden[0])
    assert "SyntaxError" in reason
    assert re.search(r"Neither [0-9a-f]{10} nor the configuration breaks it without the other\.", record.words)


def test_ends_that_do_not_build_give_way_to_their_neighbours(repository, tmp_path):
    record = bisect("--versions", commits_file(tmp_path, "v3", "v6"))
    assert [probe.point[0] for probe in record.versions.unusable] == [git(repository, "rev-parse", "v3")[:10]]
    assert "Skipped" in record.words
    assert record.versions.changes[0].after == git(repository, "rev-parse", "v6")[:10]


def test_git_bisect_run(repository, tmp_path):
    """A real one: exit codes 0, 1 and 125 (the commit that is half of a change) lead git to the culprit."""
    good = tmp_path / "good"
    shutil.copytree(repository, good)
    git(good, "checkout", "-q", "v1")
    for name, folder in (("good", good), ("here", repository)):
        (tmp_path / f"{name}.toml").write_text(
            '[speech]\nutterances = ["slt-04"]\n[scores]\nasr = false\n'
            f'{codec_table(str(folder))}[[setups]]\ncodec = "app"\ntopology = ["shared", "handover"]\n',
            encoding="utf-8",
        )
    judge = [sys.executable, "-m", "harness", "bisect", "--exit-code", "--bad-if", "not-identical", "--jobs", "1"]
    judge += ["--good", str(tmp_path / "good.toml::app/handover"), "--bad", str(tmp_path / "here.toml::app/handover")]
    git(repository, "bisect", "start", "v5", "v1")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["git", "-C", str(repository), "bisect", "run", *judge],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    said = done.stdout + done.stderr
    # v3 cannot be judged, so git says that it is one of the two; v4 is the first that is seen to be bad.
    for tag in ("v3", "v4"):
        assert git(repository, "rev-parse", tag) in said, said
    assert "skip: " in said
    assert "bad: slt-04" in said
    assert "could be any of" in said
    log = git(repository, "bisect", "log")
    assert f"git bisect good {git(repository, 'rev-parse', 'v2')}" in log
    assert f"git bisect bad {git(repository, 'rev-parse', 'v4')}" in log


def test_a_folder_of_checkpoints(tmp_path):
    """Real weights: from the third one on, what the decoder learned is disturbed; the last file is no checkpoint."""
    embedded = fixture("mini-mimi")
    config = json.loads((embedded / "config.json").read_text(encoding="utf-8"))
    weights = load_file(embedded / config["weights"])
    name = next(key for key in weights if key.startswith("decoder.") and key.endswith("weight"))
    rng = np.random.default_rng(1)
    for step, noise in ((900, 0.0), (1000, 0.0), (1100, 0.05), (1200, None)):
        folder = tmp_path / "checkpoints" / f"step-{step}"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(config | {"weights_sha256": ""}), encoding="utf-8")
        if noise is None:
            (folder / config["weights"]).write_bytes(b"not a checkpoint")
            continue
        changed = weights[name] + noise * rng.standard_normal(weights[name].shape).astype(weights[name].dtype)
        save_file(weights | {name: changed}, folder / config["weights"])
    write_short(tmp_path / "short")
    path = tmp_path / "app.versions.toml"
    path.write_text(
        'bad_if = "altered"\n[speech]\nsource = "short"\n[scores]\nasr = false\n'
        '[codecs.mini]\nadapter = "mini"\n[start]\ncodec = "mini"\n[checkpoints]\nfiles = "checkpoints/*"\n',
        encoding="utf-8",
    )
    record = bisect("--versions", path)
    (change,) = record.versions.changes
    assert (change.before, change.after) == ("step-1000", "step-1100")
    assert [probe.point for probe in record.versions.unusable] == [("step-1200",)]
