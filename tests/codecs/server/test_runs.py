"""A run with a server among its codecs: what the server does to one cell costs no other."""

import json
from pathlib import Path

from click.testing import CliRunner
from loopback import Talk, as_it_should, scripted

from harness.cli.main import cli
from harness.codecs.command.messages import RequestCode

SUITE = """
[speech]
source = "embedded"
utterances = ["heart-04", "slt-04"]

[scores]
asr = false

[codecs.opus]
adapter = "opus"

[codecs.voice]
adapter = "server"
url = "{url}"

[[setups]]
codec = "opus"
topology = "shared"

[[setups]]
codec = "voice"
topology = ["shared", "separate"]
at_least = "identical"
"""


def test_a_connection_that_breaks_costs_one_cell(tmp_path: Path) -> None:
    opened: list[int] = []

    def script(talk: Talk) -> None:
        session = as_it_should(talk, RequestCode.OPEN)
        opened.append(session)
        talk.answer(session)
        if len(opened) == 3:  # of `separate`, the decoder of the first utterance
            as_it_should(talk, RequestCode.DECODE)
            return
        as_it_should(talk)

    with scripted(script) as url:
        (tmp_path / "suite.toml").write_text(SUITE.replace("{url}", url))
        arguments = ["run", str(tmp_path / "suite.toml"), "--jobs", "1", "--no-explain", "--json"]
        done = CliRunner().invoke(cli, [*arguments, "--out", str(tmp_path)])
    assert done.exit_code == 1, done.output
    cells = {(cell["setup"], cell["utterance"]): cell["failure"] for cell in json.loads(done.stdout)["cells"]}
    assert len(cells) == 6
    (failed,) = (failure for failure in cells.values() if failure is not None)
    assert "decode: the server closed the connection" in json.dumps(failed)


def test_a_server_that_is_not_there_costs_its_own_cells(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(SUITE.replace("{url}", "tcp://127.0.0.1:9"))
    arguments = ["run", str(tmp_path / "suite.toml"), "--jobs", "1", "--no-explain", "--json"]
    done = CliRunner().invoke(cli, [*arguments, "--out", str(tmp_path)])
    assert done.exit_code == 1, done.output
    failures = {(cell["setup"], cell["failure"] is not None) for cell in json.loads(done.stdout)["cells"]}
    assert failures == {("opus/shared", False), ("voice/shared", True), ("voice/separate", True)}
