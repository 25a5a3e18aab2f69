"""A codec that need not be loaded to be known is known by everything that decides what it declares."""

import shutil
from pathlib import Path

import pytest

from harness.codecs import unchanged
from harness.codecs.local_code import closure
from harness.codecs.spec import CodecSpec
from harness.codecs.unchanged import decided
from harness.runtime.resources import fixture


def spec(adapter, **options):
    return CodecSpec(name="it", adapter=adapter, options=options)


@pytest.mark.parametrize(
    ("adapter", "options"),
    [("pcm", {"hold": 2}), ("opus", {"bitrate": 9000}), ("mini", {"codebooks": 4, "dtype": "float32", "threads": 1})],
)
def test_what_is_known_of_our_own_depends_on_their_options_and_not_on_their_name(adapter, options):
    key = decided(spec(adapter, **options))
    assert key is not None
    assert key == decided(spec(adapter, **options).model_copy(update={"name": "other"}))
    assert key != decided(spec(adapter))


@pytest.mark.parametrize(
    "unknown",
    [
        spec("planted.faults:Sound"),
        spec("harness.codecs.pcm:PcmCodec"),
        spec("mini", weights="elsewhere"),
        spec("mini", device="cuda"),
        spec("opus", library="system"),
        spec("dac"),
        spec("command", roundtrip=["true", "{in}", "{out}"]),
        spec("pcm").taking_codes_from(spec("opus")),
    ],
    ids=str,
)
def test_of_others_nothing_is_known(unknown):
    assert decided(unknown) is None


def test_the_library_of_the_system_is_not_known(monkeypatch):
    monkeypatch.setenv("OPUSLIB_NEXT_USE_SYSTEM_LIB", "1")
    assert decided(spec("opus")) is None


def test_a_changed_file_of_weights_is_another_codec(tmp_path, monkeypatch):
    copied = shutil.copytree(fixture("mini-mimi"), tmp_path / "mini-mimi")
    monkeypatch.setattr(unchanged, "fixture", lambda _: copied)
    before = decided(spec("mini"))
    (weights,) = copied.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    after = decided(spec("mini"))
    assert after is not None
    assert after != before


def test_changed_code_is_another_codec(monkeypatch):
    before = decided(spec("pcm"))
    monkeypatch.setattr(
        "harness.codecs.identity.closure",
        lambda start: closure(start) | {"harness.codecs.pcm": (Path("pcm.py"), "edited")},
    )
    assert decided(spec("pcm")) != before
