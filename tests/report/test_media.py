"""The sounds of a page: linked where they lie below it, copied or put inside where not, told where they are missing."""

import base64
from pathlib import Path

import numpy as np
import pytest

from harness.audio.waveform import Waveform, write
from harness.report.media import ANCHOR_HZ, Media

SOUND = np.random.default_rng(0).uniform(-0.5, 0.5, 8_000).astype(np.float32)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "a run"
    (folder / "audio").mkdir(parents=True)
    write(folder / "audio" / "one #1.flac", Waveform(SOUND, 16_000))
    later = SOUND.copy()
    later[700:] *= 0.5
    write(folder / "audio" / "two.flac", Waveform(later, 16_000))
    write(folder / "audio" / "slow.flac", Waveform(SOUND, 7_000))
    return folder


def test_audio_below_the_page_is_linked_and_drawn_once(run: Path) -> None:
    media = Media(run, single=False)
    shown = media.sound(run, "audio/one #1.flac", "key")
    assert shown is not None
    assert (shown["src"], shown["seconds"]) == ("audio/one%20%231.flac", 0.5)
    assert (run / str(shown["picture"])).is_file()
    assert media.sound(run, "audio/two.flac", "key") is shown
    assert media.sound(run, None, None) is None
    assert media.missing == []


def test_audio_of_another_run_is_copied_once_and_all_goes_into_a_single_page(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "page of another"
    shown = Media(page, single=False).sound(run, "audio/two.flac", "k")
    assert shown is not None
    copied = page / str(shown["src"])
    assert copied.read_bytes() == (run / "audio" / "two.flac").read_bytes()
    single = Media(page / "x", single=True)
    inside = single.sound(run, "audio/two.flac", "k")
    assert inside is not None
    kind, _, content = single.sounds[str(inside["src"])].partition(",")
    assert kind == "data:audio/flac;base64"
    assert base64.b64decode(content) == copied.read_bytes()
    assert str(inside["picture"]).startswith("data:image/webp;base64,")
    assert not (page / "x").exists()


@pytest.mark.parametrize("name", ["../outside.flac", "/etc/passwd", "audio/../../outside.flac"])
def test_what_lies_outside_the_run_is_not_read(name: str, run: Path) -> None:
    write(run.parent / "outside.flac", Waveform(SOUND, 16_000))
    media = Media(run, single=True)
    assert media.sound(run, name, "k") is None
    assert media.difference(run, "audio/two.flac", name, ("a", "b")) is None
    assert media.anchor(run, name) is None
    assert media.missing == [f"{name}: lies outside the run folder and is not read"] * 3
    assert media.sounds == {}


def test_what_is_missing_is_told_once_in_place_of_the_sound(run: Path) -> None:
    media = Media(run, single=False)
    for _ in range(2):
        shown = media.sound(run, "audio/gone.flac", "k")
        assert shown is not None
        assert set(shown) == {"missing"}
    assert len(media.missing) == 1
    assert media.difference(run, "audio/gone.flac", "audio/two.flac", ("a", "b")) is None
    assert media.anchor(run, "audio/gone.flac") is None


def test_a_difference_names_its_first_sample_if_there_is_one(run: Path) -> None:
    media = Media(run, single=False)
    differing = media.difference(run, "audio/one #1.flac", "audio/two.flac", ("a", "b"))
    assert differing is not None
    assert (differing["first"], differing["rate"]) == (700, 16_000)
    same = media.difference(run, "audio/two.flac", "audio/two.flac", ("b", "b"))
    assert same is not None
    assert "first" not in same
    assert media.difference(run, "audio/slow.flac", "audio/two.flac", ("c", "b")) is None


def test_an_anchor_is_of_speech_that_has_something_above_it(run: Path) -> None:
    assert ANCHOR_HZ == 7_000 / 2
    media = Media(run, single=False)
    assert media.anchor(run, "audio/slow.flac") is None
    low = media.anchor(run, "audio/two.flac")
    assert low is not None
    assert (run / str(low["src"])).is_file()
    assert low["seconds"] == 0.5
    assert 0 < float(low["rms"] or 0) < float(np.sqrt(np.mean(SOUND**2)))
