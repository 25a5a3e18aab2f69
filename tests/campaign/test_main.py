"""The session of campaigns: what it is asked for, and how it ends."""

from campaign import __main__ as session
from campaign.__main__ import HERE, NAMES, Done, main, report


def test_every_campaign_that_can_be_run_is_named():
    scripts = {path.stem for path in HERE.glob("*.py") if "\nif __name__ == " in path.read_text()}
    assert scripts - {"__main__"} == set(NAMES)


def test_a_name_that_is_none_is_refused(capsys):
    assert main(["store", "kill"]) == 2
    assert capsys.readouterr().err.startswith("campaign: got 'kill', wanted one of kills, ")


def test_one_that_went_wrong_is_named_and_the_others_are_run_all_the_same(tmp_path, monkeypatch, capsys):
    (tmp_path / "store.py").write_text("print('9 wrong'); raise SystemExit(1)")
    (tmp_path / "kills.py").write_text("print('0 wrong')")
    monkeypatch.setattr(session, "HERE", tmp_path)
    assert main(["store", "kills"]) == 1
    said = capsys.readouterr().out
    assert "store: 9 wrong\n" in said
    assert "kills: 0 wrong\n" in said
    assert said.endswith("wrong: store\n")


def test_one_that_cannot_be_started_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(session, "HERE", tmp_path)
    assert main(["adapters"]) == 1
    assert capsys.readouterr().out.endswith("wrong: adapters\n")


def test_nothing_wrong_is_said(capsys):
    assert report([Done("store", 0, 1.0, "0 wrong")]) == 0
    assert capsys.readouterr().out.endswith("nothing was wrong\n")
