"""What `codec-harness init` writes: valid, for any adapter and options, and never over what is there."""

import shlex
import tomllib

import pytest
import yaml
from click.testing import CliRunner

import harness
from harness.cli import starter
from harness.cli.main import cli
from harness.cli.options import parse_options
from harness.errors import CodecUnavailable, SuiteInvalid, UsageInvalid
from harness.runs import suite


def typed(*arguments):
    return CliRunner().invoke(cli, ["init", *arguments])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_suite_is_valid_and_holds_the_options(here):
    (here / "my_codec.py").write_text("from harness.codecs.opus.codec import OpusCodec as MyCodec\n")
    result = typed("my_codec:MyCodec", "--option", "bitrate=9000", "--option", "application=audio")
    assert result.exit_code == 0, result.output
    made = suite.load(here / "mycodec.codec.toml")
    assert made.codecs["mycodec"].options == {"bitrate": 9000, "application": "audio"}
    assert [setup.name for setup in made.setups if setup.expectation.at_most] == [
        "mycodec/reset-every-frame-decoder",
        "mycodec/cross-talk",
    ]
    assert (here / ".gitignore").read_text() == "reports/\n"


def test_the_suite_has_clones_of_both_sides_and_the_workflow_checks(here):
    typed("opus", "--option", "bitrate=9000", "--option", "application=audio")
    named = {setup.topology_name for setup in suite.load(here / "opus.codec.toml").setups}
    assert named >= {
        "handover-late",
        "handover-encoder",
        "neighbour-of-encoder-clone",
        "chunked-3",
        "reuse-after-reset",
    }
    steps = yaml.safe_load((here / starter.WORKFLOW).read_text())["jobs"]["codec"]["steps"]
    (run,) = [step["run"] for step in steps if "check" in step.get("run", "")]
    words = shlex.split(run)
    assert words[:3] == ["codec-harness", "check", "opus"]
    assert parse_options(tuple(words[4::2])) == {"bitrate": 9000, "application": "audio"}


def test_what_the_adapter_does_not_promise_is_not_held_against_it(here):
    (here / "humble.py").write_text(
        "from harness.codecs.opus.codec import OpusCodec\n"
        "class Humble(OpusCodec):\n    promises_not = {'clone-continues': 'no copies', 'chunks': 'whole signals'}\n"
    )
    assert typed("humble:Humble").exit_code == 0
    named = [setup.topology_name for setup in suite.load(here / "humble.codec.toml").setups]
    assert named[:3] == ["shared", "separate", "neighbour"]
    assert not [name for name in named if "clone" in name or "handover" in name or "chunked" in name]


def test_the_suite_notices_sessions_that_share_one_instance(here, monkeypatch):
    (here / "only_one.py").write_text(
        "from harness.codecs.opus.codec import OpusCodec\n"
        "from harness.codecs.protocol import Side\n"
        "class OnlyOne(OpusCodec):\n"
        "    only = None\n"
        "    def open(self):\n"
        "        self.only = self.only or super().open()\n"
        "        self.only.reset(Side.BOTH)\n"
        "        return self.only\n"
    )
    monkeypatch.syspath_prepend(here)
    assert typed("only_one:OnlyOne").exit_code == 0
    record, _ = harness.run(
        "onlyone.codec.toml", setups=["*/neighbour"], utterances=["heart-04"], asr=False, pesq=False, explain=False
    )
    assert [setup.name for setup in record.setups if not setup.met] == ["onlyone/neighbour"]


@pytest.mark.parametrize("text", ["plain", "a: b", "a #b", 'say "x"', "it's"])
def test_any_option_survives_the_workflow(text):
    steps = yaml.safe_load(starter.workflow_text("pkg:My", {"k": text}))["jobs"]["codec"]["steps"]
    (run,) = [step["run"] for step in steps if "check" in step.get("run", "")]
    assert parse_options((shlex.split(run)[4],)) == {"k": text}


def test_a_codec_without_state_gets_no_controls_that_it_would_pass(here):
    typed("pcm")
    assert not [setup for setup in suite.load(here / "pcm.codec.toml").setups if setup.expectation.at_most]


def test_what_is_there_is_kept(here):
    (here / "pcm.codec.toml").write_text("mine")
    (here / ".gitignore").write_text("build/")
    result = typed("pcm")
    assert "kept pcm.codec.toml, which was there" in result.output
    assert (here / "pcm.codec.toml").read_text() == "mine"
    assert (here / ".gitignore").read_text() == "build/\nreports/\n"
    assert "kept .gitignore" in typed("pcm").output


@pytest.mark.usefixtures("here")
def test_a_second_codec_is_told_what_the_workflow_lacks():
    typed("pcm")
    assert "does not check" not in typed("pcm").output
    assert "the workflow does not check the laws of opus yet; add to its steps:" in (said := typed("opus").output)
    assert "- run: codec-harness check opus" in said


def test_in_a_folder_of_a_repository_the_workflow_goes_to_its_top_and_works_in_the_folder(here, monkeypatch):
    (here / ".git").mkdir()
    (here / "speech part").mkdir()
    monkeypatch.chdir(here / "speech part")
    assert typed("pcm").exit_code == 0
    workflow = yaml.safe_load((here / starter.WORKFLOW).read_text())
    assert workflow["jobs"]["codec"]["defaults"] == {"run": {"working-directory": "speech part"}}
    assert (here / "speech part" / "pcm.codec.toml").is_file()


def test_a_codec_that_cannot_be_used_leaves_nothing(here):
    assert isinstance(typed("nothing.of.that:Name").exception, CodecUnavailable)
    assert isinstance(typed("opus", "--option", "bitrat=9000").exception, SuiteInvalid)
    assert list(here.iterdir()) == []


def test_where_pytest_looks_elsewhere_it_is_said(here):
    (here / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests"]\n')
    assert 'name the suite in pyproject.toml: [tool.codec-harness] suites = ["pcm.codec.toml"]' in typed("pcm").output


@pytest.mark.parametrize(
    "options", [{}, {"a": 1, "b c": 'say "hi" $name'}, {"deep": {"x": [1, 2.5, True]}, "text": "ümlaut"}]
)
def test_any_options_survive(options):
    content = tomllib.loads(starter.suite_text("my-codec", "pkg.mod:My Codec!", options, stateful=True))
    assert content["codecs"]["my-codec"] == {"adapter": "pkg.mod:My Codec!"} | options


def test_an_option_that_toml_does_not_have_is_refused():
    with pytest.raises(UsageInvalid, match="--option when: got datetime"):
        starter.suite_text("pcm", "pcm", tomllib.loads("when = 2020-01-01T00:00:00"), stateful=False)
