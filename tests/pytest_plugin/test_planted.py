"""Regressions planted into a codec that was accepted: each must fail, and for the right reason."""

import hashlib
import shutil

import pytest
from safetensors.numpy import load_file, save_file
from short_speech import write_short

from harness.gate import baseline as baselines
from harness.runtime.resources import fixture

RESET_EVERY_FRAME = """
from harness.codecs.protocol import Side
from planted.faults import Sound, SoundInstance

class MyCodec(Sound):
    def wrap(self, instance):
        return Forgetful(self, instance)

class Forgetful(SoundInstance):
    def decode(self, codes):
        self.inner.reset(Side.DECODER)
        return self.inner.decode(codes)
"""
MINI = """
name = "small"
[speech]
source = "short"
[codecs.mini]
adapter = "mini"
[scores]
asr = false
pesq = false
[[setups]]
codec = "mini"
"""


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        (
            "from planted.faults import OneFrameLate as MyCodec",
            [
                "the accepted frames come 1 frame (20 ms) late",
                "delay changed by +20 ms*",
                "*the codes are those accepted*",
            ],
        ),
        (
            "from planted.faults import HalfGain as MyCodec",
            ["gain changed by -6.02 dB (now -7.026, gate *)", "*the codes are those accepted*decoder's side"],
        ),
        (
            RESET_EVERY_FRAME,
            [
                "its output is now bit for bit what mine/reset-every-frame-decoder gave when it was accepted",
                "*PESQ-WB 1.099, accepted 2.453, gate >= 2.303",
                "*decoded audio differs from frame * on; the codes are those accepted, so it is the decoder's side",
                "*pesq_wb * 1.099 * 2.453  >= 2.303  FAILED",
                "  listen: */audio/*.flac",
                "report: */index.html",
            ],
        ),
    ],
    ids=["one-frame-late", "half-gain", "reset-every-frame"],
)
def test_an_edited_codec_fails_for_the_right_reason(accepted, code, reasons):
    accepted.write("my_codec.py", code)
    result = accepted.run("-k", "shared and heart", "--codec-report")
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines([reasons[0], *(f"*{reason}" for reason in reasons[1:])])
    result.stdout.fnmatch_lines(["mine/shared * FAILED * utterances, worst heart-04: *"])
    pages = [page.read_text() for page in accepted.path.glob("reports/*/index.html")]
    assert ["Changed since <bdi>the baseline " in page for page in pages].count(
        True
    ) == 1  # the new run's: what changed since
    (single,) = accepted.path.glob("reports/*/report.html")
    assert "data:audio/flac;base64" in single.read_text()


def test_one_cause_is_told_once_with_where_else_it_shows(accepted):
    accepted.write("my_codec.py", "from planted.faults import OneFrameLate as MyCodec")
    result = accepted.run("-k", "not every")
    result.assert_outcomes(failed=5, passed=2, deselected=3)  # late beyond what plain use may be: the setup fails too
    said = result.stdout.str()
    assert said.count("held against mine.json") == 1
    assert said.count("measurement ") == 1
    assert said.count("report: ") == 1
    assert "  it also shows in mine/shared (1 utterance), mine/cloned-decoder (2 utterances)" in result.outlines
    short = "the accepted frames come 1 frame (20 ms) late (as in mine/shared/heart-04, which is told in full)"
    assert result.outlines.count(short) == 3
    failures = said.partition("= FAILURES =")[2].partition("codec: mine")[0]
    table = failures.partition("measurement ")[2].partition("  listen: ")[0]  # a row for each that is gated
    assert failures.count("\n") - table.count("\n") < 20


def test_a_stale_baseline_is_told_once(accepted):
    path = accepted.path / "baselines" / "mine.json"
    kept = baselines.load(path)
    assert kept is not None
    baselines.save(path, kept.model_copy(update={"measures": (9, 9)}))
    result = accepted.run()
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 9}
    failures = result.stdout.str().partition("= FAILURES =")[2].partition("codec: mine")[0]
    assert failures.count("is stale and was not compared") == 1


@pytest.fixture
def small(project):
    """The suite of a project whose small network, on a second of speech, was accepted."""
    (project.path / "mine.codec.toml").unlink()
    write_short(project.path / "short")
    suite = project.write("small.codec.toml", MINI)
    project.run("--codec-update", "--codec-jobs", "1").assert_outcomes(passed=3)
    return suite


@pytest.mark.slow
def test_another_number_of_threads_gives_other_bits_and_is_no_change(project, small):
    small.write_text(MINI.replace('adapter = "mini"', 'adapter = "mini"\nthreads = 2'))
    project.run("--codec-jobs", "1", "-k", "slt").assert_outcomes(passed=1, deselected=2)


def test_fewer_codebooks_and_other_weights_are_another_codec(project, small, tmp_path):
    small.write_text(MINI.replace('adapter = "mini"', 'adapter = "mini"\ncodebooks = 2'))
    result = project.run("--codec-jobs", "1", "-k", "slt")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["mini declares something else than was accepted: codebooks is 2, *", "*STOI *"])

    folder = tmp_path / "checkpoint"
    shutil.copytree(fixture("mini-mimi"), folder, ignore=shutil.ignore_patterns("recipe"))
    weights = load_file(folder / "mini-mimi.safetensors")
    name = max(weights, key=lambda key: weights[key].size)
    save_file(weights | {name: weights[name] * 0.5}, folder / "mini-mimi.safetensors")
    before, after = (
        hashlib.sha256((place / "mini-mimi.safetensors").read_bytes()).hexdigest()
        for place in (fixture("mini-mimi"), folder)
    )
    config = folder / "config.json"
    config.write_text(config.read_text().replace(before, after))
    small.write_text(MINI.replace('adapter = "mini"', f'adapter = "mini"\nweights = "{folder}"'))
    result = project.run("--codec-jobs", "1", "-k", "slt")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(
        ["  - mini is another codec than was accepted (weights, options or library differ): * instead of *"]
    )


NEWER = """
from dataclasses import replace
from planted.faults import Sound, SoundInstance

class MyCodec(Sound):
    def __init__(self, **options):
        super().__init__(**options)
        self.info = replace(self.info, fingerprint=self.info.fingerprint + ":library-2")

    def wrap(self, instance):
        return Newer(self, instance)

class Newer(SoundInstance):
    def decode(self, codes):
        return self.inner.decode(codes) * 0.9999
"""


def test_another_fingerprint_is_said_once_and_the_measurements_are_judged(accepted):
    accepted.write("my_codec.py", NEWER)
    result = accepted.run("-k", "not baseline")
    result.assert_outcomes(passed=9, deselected=1)
    assert result.stdout.str().count("mine is another codec than was accepted") == 1
    accepted.write("my_codec.py", NEWER.replace("0.9999", "0.5"))
    result = accepted.run("-k", "shared and heart")
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines(["*gain changed by -6.0*", "  - mine is another codec than was accepted (*"])


def test_another_seed_thread_count_and_order_are_no_change(accepted, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    suite = accepted.path / "mine.codec.toml"
    suite.write_text(
        suite.read_text().replace(
            '"shared", "cloned-decoder", "reset-every-frame-decoder"',
            '"reset-every-frame-decoder", "cloned-decoder", "shared"',
        )
    )
    result = accepted.run("--codec-fresh", "--codec-jobs", "1")
    result.assert_outcomes(passed=10)
    result.stdout.fnmatch_lines(["mine/shared * ok * 2 of 2 bit for bit as accepted*"])
    assert "the accepted run itself" not in result.stdout.str()


def test_a_control_that_is_no_longer_bad_fails(accepted):
    suite = accepted.path / "mine.codec.toml"
    suite.write_text(suite.read_text() + '[[setups]]\ncodec = "mine"\ntopology = "separate"\nat_most = "degraded"\n')
    accepted.run("--codec-update", "-k", "separate")
    result = accepted.run("-k", "separate")
    result.assert_outcomes(failed=1, passed=2, deselected=10)
    result.stdout.fnmatch_lines(["is an expected failure (degraded or worse), but is identical: *"])
