"""A codec that is named in a file is found beside that file, by whoever loads it."""

import pickle
import secrets
import sys
from pathlib import Path

import pytest

from harness.bisect.history import file as histories
from harness.codecs.opening import open_codec
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable
from harness.runs import suite as suites

MODULE = "beside_{}"  # of each test another: a process imports a module once
ADAPTER = "from harness.codecs.pcm import PcmCodec\nclass Mine(PcmCodec):\n    pass\n"
SUITE = '[codecs.mine]\nadapter = "MODULE:Mine"\n[[setups]]\ncodec = "mine"\n'
HISTORY = (
    '[codecs.mine]\nadapter = "MODULE:Mine"\n[start]\ncodec = "mine"\n'
    '[[versions]]\nname = "1"\n[[versions]]\nname = "2"\n'
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = MODULE.format(secrets.token_hex(4))
    (tmp_path / f"{module}.py").write_text(ADAPTER, encoding="utf-8")
    for name, text in (("suite", SUITE), ("app", HISTORY)):
        (tmp_path / f"{name}.toml").write_text(text.replace("MODULE", module), encoding="utf-8")
    return tmp_path


def specs(folder):
    return [
        suites.load(folder / "suite.toml").codecs["mine"],
        histories.load(folder / "app.toml", limit=10).start.codec,
    ]


def test_reading_a_file_changes_nothing_of_where_modules_are_found(folder):
    before = list(sys.path)
    specs(folder)
    assert sys.path == before


@pytest.mark.parametrize("which", [0, 1])
def test_who_loads_the_codec_finds_its_adapter(folder, which):
    sent = pickle.loads(pickle.dumps(specs(folder)[which]))  # noqa: S301 - our own, as a worker process gets it
    assert "Mine" in {type(open_codec(sent)).__name__, type(open_codec(sent).inner).__name__}
    assert str(folder.resolve()) in sys.path


def test_no_record_holds_the_folder_and_none_can_set_it(folder):
    spec = specs(folder)[0]
    assert set(spec.model_dump()) == {"name", "adapter", "options", "codes_from", "resources"}
    read = CodecSpec.model_validate_json(spec.model_dump_json())
    with pytest.raises(CodecUnavailable, match="beside_"):
        open_codec(read)
    with pytest.raises(ValueError, match="_folder"):
        CodecSpec.model_validate(spec.model_dump() | {"_folder": str(Path(folder))})


def test_a_decoder_with_codes_is_another_than_one_without(folder):
    one, other = specs(folder)[0], CodecSpec(name="opus", adapter="opus", options={})
    assert one.taking_codes_from(other) != one
    assert one != "a codec"
    assert one == one.model_copy()
