import pytest
from click.testing import CliRunner

from harness.bisect.probe.comparing import contrasts
from harness.cli.main import cli
from harness.runs import suite as suites

SUITE = """
[speech]
utterances = ["rms-01"]
[codecs.opus]
adapter = "opus"
bitrate = 9000
[[setups]]
codec = "opus"
topology = ["shared", "cloned-decoder"]
"""


@pytest.fixture(scope="module")
def suite():
    return suites.load(suites.default_suite())


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(found):
    return {(contrast.name, one.factor, one.good, one.bad) for contrast in found for one in contrast.found}


def test_two_suites_are_compared_setup_by_setup(suite, tmp_path):
    good = written(tmp_path, "good.toml", SUITE)
    changed = SUITE.replace("9000", "16000").replace("rms-01", "slt-04").replace('"cloned-decoder"', '"takeover"')
    bad = written(tmp_path, "bad.toml", f'{changed}at_most = "altered"\n[scores]\nasr = false\n')
    assert rows(contrasts(good, bad, suite)) == {
        ("", "speech.utterances", "('rms-01',)", "('slt-04',)"),
        ("", "scores.asr", "tiny.en", False),
        ("opus/shared", "codec.bitrate", 9000, 16000),
        ("opus/shared", "at_least", "identical", None),
        ("opus/shared", "at_most", None, "altered"),
        ("opus/cloned-decoder", "setup", "there", "not there"),
        ("opus/takeover", "setup", "not there", "there"),
    }
    assert contrasts(good, written(tmp_path, "same.toml", SUITE), suite) == []


def test_two_versions_of_a_package_differ_in_the_package_and_are_not_installed(suite, tmp_path):
    path = written(
        tmp_path,
        "app.versions.toml",
        '[codecs.opus]\nadapter = "opus"\n[start]\ncodec = "opus"\n'
        '[package]\nname = "no-such-package-anywhere"\nversions = ["1.0", "2.0"]\n',
    )
    found = contrasts(f"{path}::1.0", f"{path}::2.0", suite)
    assert rows(found) == {("", "codec.package.no-such-package-anywhere", "1.0", "2.0")}


def test_a_setup_against_a_version(suite, tmp_path):
    path = written(
        tmp_path,
        "app.versions.toml",
        '[codecs.opus]\nadapter = "opus"\nbitrate = 9000\n[start]\ncodec = "opus"\n[[versions]]\nname = "1"\n'
        '[[versions]]\nname = "2"\nset = { "topology.decoder.reset" = "every-call" }\n',
    )
    good = written(tmp_path, "good.toml", SUITE)
    found = contrasts(f"{good}::opus/shared", f"{path}::2", suite)
    assert rows(found) == {("", "topology.decoder.reset", "never", "every-call")}


def test_the_command_names_the_setups_of_suites(tmp_path):
    good = written(tmp_path, "good.toml", SUITE)
    bad = written(tmp_path, "bad.toml", SUITE.replace("9000", "16000"))
    done = CliRunner().invoke(cli, ["diff", good, bad])
    assert done.exit_code == 1
    assert "opus/cloned-decoder" in done.output
    assert "codec.bitrate" in done.output
