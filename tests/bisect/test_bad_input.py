"""What goes wrong around a search: wrong ends, versions that cannot run, a full disk, Ctrl-C."""

import functools
import os
import resource
import signal
import subprocess
import sys
import time

import pytest
import stored
from click.testing import CliRunner
from repository import ROOT

from harness.bisect.answer.record import SearchRecord
from harness.cli.main import cli
from harness.errors import SuiteInvalid, UsageInvalid

BAD, GOOD = '"path.gain" = 0.5', '"path.gain" = 1.0'


def versions_file(folder, settings, codec='adapter = "pcm"', bad_if="not-identical"):
    tables = "".join(f'[[versions]]\nname = "v{n}"\nset = {{ {text} }}\n' for n, text in enumerate(settings, 1))
    path = folder / "app.versions.toml"
    path.write_text(
        f'bad_if = "{bad_if}"\n[speech]\nutterances = ["slt-04"]\n[scores]\nasr = false\n'
        f'[codecs.c]\n{codec}\n[start]\ncodec = "c"\n{tables}',
        encoding="utf-8",
    )
    return path


def invoke(*arguments):
    return CliRunner().invoke(cli, ["bisect", *map(str, arguments), "--jobs", "1"])


def refused(*arguments):
    done = invoke(*arguments, "--no-report")
    assert isinstance(done.exception, UsageInvalid)
    return str(done.exception)


def record_of(done):
    assert done.exit_code in (0, 1), done.output
    return SearchRecord.model_validate_json(done.stdout)


def test_versions_of_which_none_can_run_are_told_with_every_reason_once(tmp_path):
    settings = ['"codec.sample_rate" = -1', '"codec.sample_rate" = -1', '"codec.nonsense" = 1']
    done = invoke("--versions", versions_file(tmp_path, settings), "--no-report")
    assert isinstance(done.exception, SuiteInvalid)
    said = str(done.exception)
    assert "fewer than two versions of app.versions can be run; v1, v2: " in said
    assert said.count("v2") == 1
    assert "; v3: " in said


@pytest.mark.parametrize(
    ("settings", "outcome", "words", "code"),
    [
        ([BAD, '"topology.chunk" = 2'], "both ends are good", "v2 is not bad", 1),
        (["", '"topology.chunk" = 2'], "both ends are good", "v2 is not bad", 1),
        (["", BAD, GOOD], "both ends are good", "between them it was bad", 0),
    ],
)
def test_ends_of_a_history(settings, outcome, words, code, tmp_path):
    done = invoke("--versions", versions_file(tmp_path, settings), "--json", "--no-report")
    record = record_of(done)
    assert (record.versions.outcome, done.exit_code) == (outcome, code)
    assert words in record.words


@pytest.mark.parametrize(
    ("bad_if", "why"),
    [
        ("stoy < 0.8", "there is no such measurement; did you mean 'stoi'? wanted one of pesq_wb, "),
        ("encode_rtf > 1", "a search measures no time; "),
    ],
)
def test_a_measurement_that_no_search_makes_cannot_be_asked_for(bad_if, why, tmp_path):
    path = versions_file(tmp_path, ["", BAD])
    assert f"--bad-if: got {bad_if!r}, but {why}" in refused("--versions", path, "--bad-if", bad_if)


@pytest.mark.parametrize("bad_if", ["wer > 0.2", "word_errors > good + 1", "transcript_logp < good - 1"])
def test_a_measurement_that_the_suite_switches_off_cannot_be_asked_for(bad_if, tmp_path):
    said = f"got {bad_if!r}, but {bad_if.split()[0]} is not measured, since [scores] asr = false"
    path = versions_file(tmp_path, ["", BAD], bad_if=bad_if)
    assert said in refused("--versions", path)
    path.write_text(path.read_text().replace("asr = false", "pesq = false").replace(bad_if, "pesq_wb < 4"))
    assert "since [scores] pesq = false" in refused("--versions", path)
    assert said in refused("--versions", versions_file(tmp_path, ["", BAD]), "--bad-if", bad_if)


@pytest.mark.parametrize(
    ("settings", "outcome", "words", "code"),
    [
        (['"path.clip" = 0.005', BAD], "both ends are bad", "v1, the good end, is bad", 1),
        (['"path.clip" = 0.01', '"path.clip" = 1.0'], "the ends are swapped", "The ends are swapped", 0),
    ],
)
def test_a_good_end_that_is_bad(settings, outcome, words, code, tmp_path):
    path = versions_file(tmp_path, settings, bad_if="stoi < 0.99")
    done = invoke("--versions", path, "--json", "--no-report")
    record = record_of(done)
    assert (record.versions.outcome, done.exit_code) == (outcome, code)
    assert words in record.words


@pytest.mark.pesq
def test_an_expression_may_be_about_what_is_measured_only_where_it_is_asked_for(tmp_path):
    path = versions_file(tmp_path, ["", '"path.clip" = 0.005'], bad_if="pesq_nb < 3")
    record = record_of(invoke("--versions", path, "--json", "--no-report"))
    assert [(change.before, change.after) for change in record.versions.changes] == [("v1", "v2")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [([], "got no versions"), ([BAD], "at least a good and a bad version, got 1")],
)
def test_lists_without_two_ends(settings, message, tmp_path):
    done = invoke("--versions", versions_file(tmp_path, settings))
    assert message in str(done.exception)


def test_a_codec_that_hangs_is_cut_off_and_skipped(tmp_path):
    settings = ["", '"codec.seconds" = 60', '"codec.seconds" = 0, "path.gain" = 0.5']
    path = versions_file(tmp_path, settings, 'adapter = "planted.releases:Slow"\ninner = "pcm"')
    began = time.monotonic()
    record = record_of(invoke("--versions", path, "--limit", "10", "--json", "--no-report"))
    assert time.monotonic() - began < 58
    (change,) = record.versions.changes
    assert (change.before, change.after, change.hidden) == ("v1", "v3", ("v2",))
    assert "stopped after 10 s" in record.versions.versions[1].probe.reason


def test_factors_that_cannot_be_combined_are_skipped_with_the_reason():
    arguments = ["--good", "opus/reset-every-frame-decoder", "--bad", "opus/stateless", "--bad-if", "not-identical"]
    record = record_of(invoke(*arguments, "--utterance", "slt-04", "--json", "--no-report"))
    skipped = [probe for probe in record.factors.probes if probe.judgement == "skip"]
    assert skipped
    assert all("keep no state" in probe.reason for probe in skipped)


def harness(*arguments, **options):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, "-m", "harness", "bisect", *map(str, arguments), "--jobs", "1"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def kept():
    """Return how many observations the store has."""
    return len(stored.keys("probe:"))


def test_ctrl_c_and_then_on_from_there(tmp_path):
    settings = ["", *(f'"topology.chunk" = {n}' for n in range(2, 9)), BAD]
    codec = 'adapter = "planted.releases:Slow"\ninner = "pcm"\nseconds = 0.005'
    path = versions_file(tmp_path, settings, codec)
    with harness("--versions", path, "--no-report") as process:
        end = time.monotonic() + 60
        while kept() < 4 and time.monotonic() < end:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "interrupted; what is finished is kept" in said
    before = kept()
    record = record_of(invoke("--versions", path, "--json", "--no-report"))
    remembered = sum(v.probe is not None and v.probe.remembered for v in record.versions.versions)
    assert remembered >= 2
    assert kept() > before
    assert invoke("--versions", path, "--json", "--no-report").exit_code == 0
    assert record_of(invoke("--versions", path, "--json", "--no-report")).versions.made == 0


def test_a_full_disk_costs_what_cannot_be_written_and_nothing_else(tmp_path):
    """No file may grow past 16 KiB: the store and the report cannot be written, the answer still comes."""
    path = versions_file(tmp_path, ["", '"topology.chunk" = 2', BAD])
    full = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (16384, 16384))
    with harness("--versions", path, "--out", tmp_path / "reports", preexec_fn=full) as process:
        out, said = process.communicate(timeout=120)
    assert "It breaks in v3" in out
    assert process.returncode == 2
    assert "make room or choose another" in said
    assert "Traceback" not in said
