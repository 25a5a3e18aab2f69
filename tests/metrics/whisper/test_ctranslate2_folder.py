"""A folder of CTranslate2 is found, told apart from others by all that is read of it, and refused if it is damaged."""

import os
import shutil
from pathlib import Path

import pytest

from harness.audio.waveform import Waveform
from harness.errors import ScorerUnavailable, WeightsInvalid
from harness.metrics.whisper import ctranslate2_folder
from harness.metrics.whisper.ctranslate2_folder import BUNDLED_SHA256, NEEDED, checked_folder, folder_sha256
from harness.metrics.whisper.hearing import describe
from harness.metrics.whisper.recogniser import listen
from harness.metrics.whisper.weights import MODEL_BIN_SHA256, bundled_weights

SAID = "We planted tomatoes along the garden wall and watered them every evening."


def made(folder: Path, **more: str) -> Path:
    """Return a folder that holds what is needed, each file its own name or what *more* says."""
    folder.mkdir(parents=True)
    for name in NEEDED:
        (folder / name).write_text(name)
    for name, text in more.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize("name", ["", "base", "no/such/folder"])
def test_a_model_that_is_not_there_is_said_at_once(name: str) -> None:
    with pytest.raises(ScorerUnavailable, match=r"give tiny\.en or a folder that holds config\.json, model\.bin"):
        describe(f"ct2:{name}")


def test_a_folder_of_ones_own_is_another_model(tmp_path: Path, speech: Waveform) -> None:
    shutil.copytree(bundled_weights().parent, tmp_path / "own")
    model = f"ct2:{tmp_path / 'own'}"
    assert listen(model, [speech], SAID) == listen("ct2:tiny.en", [speech], SAID)
    before = describe(model)["weights_sha256"]
    with (tmp_path / "own" / "config.json").open("a") as file:
        file.write("\n")
    assert len({before, describe(model)["weights_sha256"], describe("ct2:tiny.en")["weights_sha256"]}) == 3


@pytest.mark.parametrize("lacking", NEEDED)
def test_a_folder_that_lacks_a_file_is_no_model(tmp_path: Path, lacking: str) -> None:
    own = made(tmp_path / "own")
    assert checked_folder(f"ct2:{own}") == own
    (own / lacking).unlink()
    (own / lacking).mkdir()
    for asked in (checked_folder, folder_sha256):
        with pytest.raises(ScorerUnavailable, match="no such model of CTranslate2"):
            asked(f"ct2:{own}")


def test_what_is_read_is_in_the_hash_and_what_is_not_is_not(tmp_path: Path) -> None:
    found = {
        folder_sha256(f"ct2:{made(tmp_path / str(number), **more)}")
        for number, more in enumerate(
            [{}, {"model_bin": "other"}, {"config_json": "other"}, {"tokenizer_json": "other"},
             {"vocabulary_txt": "words"}, {"vocabulary_json": "words"}]
        )
    }  # fmt: skip
    assert len(found) == 6
    own = tmp_path / "0"
    before = folder_sha256(f"ct2-float32:{own}")
    (own / "README.md").write_text("nobody reads this")
    assert folder_sha256(f"ct2:{own}") == before
    shutil.copytree(own, tmp_path / "moved")
    assert folder_sha256(f"ct2:{tmp_path / 'moved'}") == before


def test_a_home_may_be_abbreviated_and_a_user_that_is_not_there_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path / "models" / "own")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert checked_folder("ct2:~/models/own") == tmp_path / "models" / "own"
    assert checked_folder(f"ct2:{tmp_path}{os.sep}models/own/") == tmp_path / "models" / "own"
    with pytest.raises(ScorerUnavailable, match="no such model"):
        checked_folder("ct2:~no-such-user-here/own")


def test_the_bundled_files_are_held_against_their_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked_folder("ct2:tiny.en") == checked_folder("ct2-float32:tiny.en") == bundled_weights().parent
    assert folder_sha256("ct2:tiny.en") == BUNDLED_SHA256["model.bin"] == MODEL_BIN_SHA256
    for damaged in BUNDLED_SHA256:
        own = tmp_path / damaged
        own.mkdir()
        for name in BUNDLED_SHA256:
            (own / name).symlink_to(bundled_weights().parent / name)
        (own / damaged).unlink()
        (own / damaged).write_bytes(b"damaged")
        monkeypatch.setattr(ctranslate2_folder, "bundled_weights", lambda own=own: own / "model.bin")
        with pytest.raises(WeightsInvalid, match="--force-reinstall"):
            checked_folder("ct2:tiny.en")
