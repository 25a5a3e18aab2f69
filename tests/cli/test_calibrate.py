"""`codec-harness calibrate` as a user types it: every run is a run, and what cannot belong is refused before any."""

import pytest
from typed import ran, suite, typed


@pytest.fixture
def plain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return suite(tmp_path)


def test_every_way_is_run_and_counted_and_the_baseline_says_so(plain, tmp_path):
    found = typed("calibrate", plain, "--repeats", "2", "--chunk", "3", "--jobs", "1", "--out", "runs")
    assert found.code == 0
    ways = [line for line in found.out.splitlines() if line.startswith("run ")]
    assert ways == [
        "run 1 of 3: 1 process, 3 frames per call", "run 2 of 3: 1 process", "run 3 of 3: 1 process, setups backwards"
    ]  # fmt: skip
    assert len(list(tmp_path.glob("runs/*/*/run.json"))) == 3
    assert "app: 1 of 1 cells gave the same bits in all 3 runs" in found.out
    assert "baselines/s.json: 1 of 1 cells are held to their bits" in found.out
    assert "1 of 1 exact over up to 3 runs" in typed("baseline", "show", "baselines/s.json").out


def test_a_codec_that_scatters_is_not_held_to_its_bits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    noisy = suite(tmp_path, adapter="planted.faults:Noisy")
    found = typed("calibrate", noisy, "--repeats", "2", "--jobs", "1")
    assert "app: 0 of 1 cells gave the same bits in all 2 runs" in found.out
    assert "baselines/s.json: 0 of 1 cells are held to their bits" in found.out


def test_a_run_of_another_suite_and_a_shard_are_refused_before_anything_is_run(plain, tmp_path):
    other = ran(tmp_path / "a", suite(tmp_path, name="other"))
    shard = ran(tmp_path / "b", plain, "--shard", "1/1")
    for given, said in ((other, "is a run of other, wanted one of s"), (shard, "is shard 1/1 of a run")):
        found = typed("calibrate", plain, "--repeats", "2", "--run", given)
        assert (found.code, found.out) == (2, "")
        assert said in found.err
    assert not (tmp_path / "baselines").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--repeats", "1"], "1 is not in the range"),
        (["--run", "nowhere"], "nowhere/run.json: cannot be read"),
        (["--threads", "0"], "0 is not in the range"),
    ],
)
def test_bad_input_ends_with_2(arguments, said, plain):
    found = typed("calibrate", plain, *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
