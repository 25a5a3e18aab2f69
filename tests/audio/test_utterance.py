"""The audio of an utterance is checked when it is read: its file, its part, and that there is speech."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
from speech_files import NOISE, lines, manifest, write

from harness.audio import speech
from harness.audio.utterance import CodesFile, Utterance
from harness.audio.waveform import read
from harness.errors import SpeechInvalid


def test_how_a_transcript_is_broken_into_lines_is_no_part_of_the_words(tmp_path):
    write(tmp_path / "one.wav")
    (tmp_path / "one.txt").write_text("  one  word\n\tand another \u00a0 one\r\n")
    (utterance,) = speech.load(tmp_path)
    assert utterance.transcript == "one word and another one"


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(8000, np.float32), "digital silence"),
        (
            np.stack([NOISE, NOISE], 1),
            r'got 2 channels, wanted mono; mix it down first, or, of .* say channels = "left"',
        ),
        (np.full(8000, np.nan, np.float32), "NaN or infinite"),
        (np.zeros(0, np.float32), "no samples"),
    ],
)
def test_audio_that_cannot_be_reference_speech(tmp_path, samples, said):
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(tmp_path)[0].waveform()


def test_a_corrupt_file(tmp_path):
    (tmp_path / "a.flac").write_bytes(b"fLaC and then nothing of use")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(SpeechInvalid, match="not readable as audio"):
        speech.load(tmp_path)[0].waveform()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sha256": "0" * 64}, "the manifest says 000000000000"),
        ({"file": "b.flac"}, "no such audio file"),
    ],
)
def test_a_manifest_that_does_not_match_its_files(tmp_path, options, said):
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(manifest(tmp_path, **options))[0].waveform()


def test_offset_and_duration_name_a_part_of_a_file(tmp_path):
    write(tmp_path / "a.wav")
    whole = read(tmp_path / "a.wav").samples
    entries = [
        {"audio_filepath": "a.wav", "text": "one", "offset": 0.0, "duration": 0.2},
        {"audio_filepath": str(tmp_path / "a.wav"), "text": "three", "offset": 0.3, "duration": 0.1999, "id": "last"},
        {"audio_filepath": "a.wav", "text": "two", "offset": 0.2},
    ]
    first, second, last = speech.load(lines(tmp_path, *entries))
    assert [one.id for one in (first, second, last)] == ["a-0.000", "a-0.200", "last"]
    assert np.array_equal(first.waveform().samples, whole[:3200])
    assert np.array_equal(second.waveform().samples, whole[3200:])
    assert np.array_equal(last.waveform().samples, whole[4800:])  # a duration that was rounded ends at the end


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"audio_filepath": "a.wav", "text": "a", "duration": 0.6},
            r"0\.500 s long, but the manifest has 'a' from 0 s",
        ),
        ({"audio_filepath": "a.wav", "text": "a", "offset": 0.5}, r"has 'a' from 0\.5 s"),
        (
            {"audio_filepath": "a.wav", "text": "a", "offset": -1},
            r"manifest\.jsonl:1: offset: .* or equal",
        ),
        ({"audio_filepath": "a.wav", "text": "a", "duration": 0}, r"manifest\.jsonl:1: duration: "),
        ({"audio_filepath": "a.wav"}, r"manifest\.jsonl:1: text: missing; wanted one object a line"),
        (["a.wav"], r"manifest\.jsonl:1: got list, wanted one object a line"),
        ({"audio_filepath": "b.wav", "text": "a"}, r"b\.wav: no such audio file"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, entry, said):
    write(tmp_path / "a.wav")
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(lines(tmp_path, entry))[0].waveform()


@pytest.mark.parametrize(("channels", "which"), [("left", 0), ("right", 1), ("mix", None)])
def test_one_channel_of_several_is_taken_where_it_is_said_which(tmp_path, channels, which):
    stereo = np.stack([NOISE, NOISE[::-1] / 2], 1)
    write(tmp_path / "a.wav", stereo)
    write(tmp_path / "b.wav")
    for stem in "ab":
        (tmp_path / f"{stem}.txt").write_text("a word")
    two, one = speech.load(tmp_path, channels=channels)
    kept = soundfile.read(tmp_path / "a.wav", dtype="float32")[0]
    wanted = kept.mean(axis=1) if which is None else kept[:, which]
    np.testing.assert_allclose(two.waveform().samples, wanted, atol=1e-7)
    assert np.array_equal(one.waveform().samples, read(tmp_path / "b.wav").samples)


@pytest.mark.parametrize(("other", "said"), [(-1.0, "keeps nothing"), (-0.9, "keeps -26 dB of their level")])
def test_channels_that_cancel_each_other_are_not_mixed(tmp_path, other, said):
    soundfile.write(tmp_path / "a.wav", np.stack([NOISE, other * NOISE], 1), 16_000, subtype="FLOAT")
    (tmp_path / "a.txt").write_text("a word")
    (utterance,) = speech.load(tmp_path, channels="mix")
    with pytest.raises(SpeechInvalid, match=f"its 2 channels cancel each other: their mean {said}; one is inverted"):
        utterance.waveform()


def test_an_offset_says_nothing_of_whether_channels_cancel_each_other(tmp_path):
    for name, channels in {"a": (NOISE + 0.1, 0.1 - NOISE), "b": (0.01 * NOISE + 0.1, 0.01 * NOISE - 0.1)}.items():
        soundfile.write(tmp_path / f"{name}.wav", np.stack(channels, 1), 16_000, subtype="FLOAT")
        (tmp_path / f"{name}.txt").write_text("a word")
    inverted, common = speech.load(tmp_path, channels="mix")
    with pytest.raises(SpeechInvalid, match="its 2 channels cancel each other"):
        inverted.waveform()
    np.testing.assert_allclose(common.waveform().samples, 0.01 * NOISE, atol=1e-6)


@pytest.mark.parametrize("channels", [(1.0, 0.0), (1.0, -0.5), (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)])
def test_channels_that_do_not_are_mixed(tmp_path, channels):
    write(tmp_path / "a.wav", np.stack([one * NOISE for one in channels], 1))
    (tmp_path / "a.txt").write_text("a word")
    (utterance,) = speech.load(tmp_path, channels="mix")
    np.testing.assert_allclose(utterance.waveform().samples, NOISE * np.mean(channels), atol=1e-4)


@pytest.mark.parametrize(
    ("duration", "samples"),
    [(0.489, 7824), (0.491, 8000), (0.5, 8000), (0.509, 8000), (0.511, None)],
    ids=["ends before", "ends near the end", "ends there", "is rounded", "is longer"],
)
def test_a_part_that_ends_near_the_end_ends_there(duration, samples, tmp_path):
    utterance = Utterance("a", write(tmp_path / "a.wav"), "x", "s", "l", duration=duration)
    if samples is None:
        with pytest.raises(SpeechInvalid, match=r"0\.500 s long, but the manifest has 'a' from 0 s to 0\.511 s"):
            utterance.waveform()
    else:
        assert len(utterance.waveform().samples) == samples
        assert utterance.seconds == samples / 16_000


def test_a_silent_part_is_no_speech_though_the_file_is_not_silent(tmp_path):
    half = np.concatenate([np.zeros(4000, np.float32), NOISE[:4000]])
    part = Utterance("a", write(tmp_path / "a.wav", half), "x", "s", "l", duration=0.25)
    with pytest.raises(SpeechInvalid, match="digital silence"):
        part.waveform()
    assert len(replace(part, offset=0.25).waveform().samples) == 4000


def test_audio_that_was_read_before_must_be_the_same(tmp_path):
    utterance = Utterance("a", write(tmp_path / "a.wav"), "x", "s", "l")
    known = replace(utterance, read_sha256=utterance.waveform().sha256())
    known.waveform()
    write(tmp_path / "a.wav", NOISE[::-1])
    with pytest.raises(SpeechInvalid, match="the audio is another than when it was read first; run it once more"):
        known.waveform()


def test_codes_without_a_recording_are_as_long_as_their_frames(tmp_path):
    np.save(tmp_path / "c.npy", np.zeros((4, 25), np.int64))
    codes = CodesFile(tmp_path / "c.npy", frame_rate=12.5)
    utterance = Utterance("a", codes.path, "x", "s", "l", codes=codes, recorded=False)
    assert utterance.seconds == 2.0
    with pytest.raises(SpeechInvalid, match="the utterance 'a': there is no recording of it, only codes; wanted file"):
        utterance.waveform()
    codes.path.write_bytes(b"no array")
    assert replace(utterance).seconds == 0.0
