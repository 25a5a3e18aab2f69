"""What a suite rests on, by file: in which order, what an option may name, and which programs are its own."""

import sys
from pathlib import Path

import pytest

from harness.runs import suite as suites
from harness.runs.since.rests_on import Part, code_of, codecs_of, parts

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two utterances and an adapter, which is the current one."""
    (tmp_path / "speech").mkdir()
    for name in ("a", "b"):
        (tmp_path / "speech" / f"{name}.wav").write_bytes(b"not read")
        (tmp_path / "speech" / f"{name}.txt").write_text("the words")
    (tmp_path / "rests_on_codec.py").write_text("import rests_on_part\nclass Mine: ...\n")
    (tmp_path / "rests_on_part.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def suite(folder, codec, **tables):
    content = {
        "speech": {"source": "speech"},
        "codecs": {"c": codec},
        "scores": {"asr": False},
        "setups": [{"codec": "c"}],
    }
    return suites.parse(content | tables, "a.codec.toml", folder, "s")


def resting(folder, codec, accepted=(), **tables):
    found = suite(folder, codec, **tables)
    return list(parts(found, folder / "a.codec.toml", accepted, code_of(found, folder)))


def named(folder, codec):
    """Return the files that the codec names, from the folder on."""
    return [
        str(part.path.absolute().relative_to(folder))
        for part in resting(folder, codec)
        if part.why == "codec `c` names it"
    ]


def test_the_suite_comes_first_then_what_was_accepted_the_speech_and_the_code(folder):
    accepted = folder / "baselines" / "s.json"
    found = resting(folder, {"adapter": "rests_on_codec:Mine"}, [accepted])
    assert found[:2] == [Part(folder / "a.codec.toml", "it is the suite"), Part(accepted, "it is what was accepted")]
    assert [part.why for part in found[2:]] == ["it is of the speech"] * 3 + ["it is of the code of codec `c`"] * 2
    assert {part.path.name for part in found[2:5]} == {"speech", "a.wav", "b.wav"}
    assert [part.path.name for part in found[5:]] == ["rests_on_codec.py", "rests_on_part.py"]
    assert [part.codec for part in found] == [None] * 5 + ["c"] * 2


def test_the_code_of_the_harness_is_no_part_but_who_makes_codes_is(folder):
    codecs = {
        "c": {"adapter": "planted.decoders:Decoder", "codes_from": "maker"},
        "maker": {"adapter": "rests_on_codec:Mine"},
    }
    found = suite(folder, codecs["c"], codecs=codecs, setups=[{"codec": "c"}])
    assert set(codecs_of(found)) == {"c", "maker"}
    assert [(one.codec, one.called) for one in code_of(found, folder)][:2] == [
        ("c", "codec `c`"), ("maker", "codec `maker`"),
    ]  # fmt: skip
    assert not [part for part in resting(folder, {"adapter": "opus"}) if part.codec]


def test_a_manifest_stands_for_its_folder(folder):
    listed = {"id": "a", "file": "a.wav", "sha256": "0", "transcript": "the words", "voice": "x", "licence": "x"}
    rows = "".join(f'{key} = "{value}"\n' for key, value in listed.items())
    (folder / "speech" / "manifest.toml").write_text(f"schema = 1\n[[utterances]]\n{rows}")
    found = [part.path.name for part in resting(folder, {"adapter": "opus"}) if part.why == "it is of the speech"]
    assert found == ["manifest.toml", "a.wav"]


def test_a_recogniser_that_is_a_file_is_a_part_and_one_that_is_a_name_is_not(folder):
    (folder / "model").mkdir()
    for asr, wanted in ((f"ct2:{folder / 'model'}", [folder / "model"]), ("tiny.en", []), (False, [])):
        found = resting(folder, {"adapter": "opus"}, scores={"asr": asr})
        assert [part.path for part in found if part.why == "it is the recogniser"] == wanted


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("m.bin", ["m.bin"]),
        (["one", {"deep": "two"}], ["one", "two"]),
        ("https://x/m.bin", []),
        ("a\nb", []),
        ("", []),
        ("x" * 4095, ["x" * 4095]),
        ("x" * 4096, []),
        (3, []),
        (True, []),
    ],
)
def test_any_text_of_an_option_may_name_a_file_that_could_be_one(folder, value, files):
    assert named(folder, {"adapter": "rests_on_codec:Mine", "weights": value}) == files


def test_an_option_names_a_file_of_the_current_folder_and_of_that_of_the_suite(folder, monkeypatch):
    (folder / "here").mkdir()
    monkeypatch.chdir(folder / "here")
    assert named(folder, {"adapter": "rests_on_codec:Mine", "weights": "m.bin"}) == ["here/m.bin", "m.bin"]


def test_options_of_a_known_adapter_that_name_no_files_are_left_out(folder):
    assert named(folder, {"adapter": "opus", "application": "voip"}) == []
    assert named(folder, {"adapter": "mini", "dtype": "float32", "weights": "m"}) == ["m"]


def test_programs_are_those_with_a_path_and_what_their_arguments_name(folder):
    def command(*words):
        return named(folder, {"adapter": "command", "sample_rate": 16_000, "roundtrip": [*words, "{in}", "{out}"]})

    assert command("./app", "--model", "m.bin") == ["app", "--model", "m.bin", "{in}", "{out}"]
    assert command("sox", "m.bin") == ["m.bin", "{in}", "{out}"]  # what the PATH finds is not the suite's
    python = str(Path(sys.prefix) / "bin" / "python")
    assert command(python, "m.py") == ["m.py", "{in}", "{out}"]
