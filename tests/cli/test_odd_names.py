"""Names that no file can have, wherever a name is asked for: one line each."""

import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.errors import HarnessError

LONG = "é" * 400

SUITE = """
[speech]
source = {source}
[codecs.one]
{codec}
[scores]
asr = {asr}
pesq = false
stoi = false
[[setups]]
codec = "one"
"""
PCM = 'adapter = "pcm"'


@pytest.mark.parametrize(
    "command", ["run", "report", "explain", "baseline show", "baseline diff", "list speech", "score x"]
)
def test_on_the_command_line(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (LONG, f"{LONG}.toml", "a\0b", "/dev/zero", "loop"):
        if name == "loop":
            (tmp_path / "loop").symlink_to("loop")
        done = CliRunner().invoke(cli, [*command.split(), name])
        refused = isinstance(done.exception, HarnessError) and len(str(done.exception).splitlines()) == 1
        assert refused or done.exit_code == 2, (name, done.exception)


@pytest.mark.parametrize("name", [LONG, "~nobody-of-this-name/x", "/dev/zero", "."])
@pytest.mark.parametrize(
    "codec",
    [
        'adapter = "mini"\nweights = "{}"',
        'adapter = "mimi"\nweights = "{}"',
        'adapter = "encodec"\nweights = "{}"',
        'adapter = "command"\nroundtrip = ["{}/x", "{{in}}", "{{out}}"]\nsample_rate = 16000\nframe_size = 320',
        'adapter = "command"\nroundtrip = ["sh", "{{in}}", "{{out}}"]\nsample_rate = 16000\n'
        'frame_size = 320\nfolder = "{}/x"',
    ],
)
def test_as_an_option_of_a_codec(codec, name):
    from harness.codecs.loading import load
    from harness.files.given import toml_of

    options = toml_of(codec.format(name))
    with pytest.raises(HarnessError) as caught:
        load(options.pop("adapter"), options)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("source", "asr"), [(f'"{LONG}"', "false"), ('"/dev/zero"', "false"), ('"."', f'"{LONG}"')])
def test_in_a_suite(tmp_path, source, asr):
    from harness.metrics.whisper.weights import checkpoint
    from harness.runs.suite import load
    from harness.runs.suite_speech import chosen_speech

    (tmp_path / "s.toml").write_text(SUITE.format(source=source, codec=PCM, asr=asr))
    suite = load(tmp_path / "s.toml")
    with pytest.raises(HarnessError):
        chosen_speech(suite.speech)
    if isinstance(suite.scores.asr, str):
        assert checkpoint(suite.scores.asr) == LONG  # a name for whisper's own loader, which knows none of it


def test_a_pattern_of_checkpoints(tmp_path):
    from harness.bisect.history.file import load

    for pattern in ("", "/absolute/*", ".", "**"):
        (tmp_path / "h.toml").write_text(
            f'[codecs.one]\n{PCM}\n[start]\ncodec = "one"\n[checkpoints]\nfiles = "{pattern}"\n'
        )
        with pytest.raises(HarnessError, match=r"checkpoints\.files|occurs twice|at least a good and a bad"):
            load(tmp_path / "h.toml", limit=1.0)
