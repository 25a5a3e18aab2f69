"""Audio of a run is what was written, or comes back, or is said not to be there."""

import numpy as np
import pytest
import soundfile

from harness.audio import speech
from harness.audio.waveform import Waveform, read
from harness.errors import NotWritable, SpeechInvalid
from harness.runs.kept_audio import KeptAudio
from harness.runtime.resources import fixture
from harness.runtime.store import Store

HUM = Waveform((np.sin(np.arange(9000) / 9) / 3).astype(np.float32), 24000)


@pytest.fixture
def kept(tmp_path):
    return KeptAudio(tmp_path / "run", Store(tmp_path / "store"))


def test_equal_samples_are_one_file(kept):
    name = kept.save(HUM, HUM.sha256())
    assert kept.save(HUM, HUM.sha256()) == name == KeptAudio(kept.folder, kept.store).save(HUM, HUM.sha256())
    np.testing.assert_allclose(read(kept.folder / name).samples, HUM.samples, atol=1 / 32768)
    assert len(list((kept.folder / "audio").iterdir())) == 1


@pytest.mark.parametrize("damage", [None, b"", b"fLaC", "cut", "flipped"])
def test_what_is_gone_or_broken_comes_from_the_store(kept, damage):
    path = kept.folder / (name := kept.save(HUM, HUM.sha256()))
    whole = path.read_bytes()
    if damage is None:
        path.unlink()
    else:
        flipped = whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]
        path.write_bytes({"cut": whole[:-9], "flipped": flipped}.get(damage, damage))
    assert kept.restore(name)
    assert path.read_bytes() == whole


def test_without_the_store_it_is_said_to_be_gone(kept, tmp_path):
    name = kept.save(HUM, HUM.sha256())
    (kept.folder / name).write_bytes(b"fLaC")
    alone = KeptAudio(kept.folder, Store(tmp_path / "another"))
    assert not alone.restore(name)
    assert alone.restore(None)  # a cell without audio lacks none


def test_a_name_from_elsewhere_leads_nowhere(kept, tmp_path):
    (tmp_path / "outside.flac").write_bytes(b"not ours")
    for name in ("../outside.flac", "/etc/passwd", "audio/../../outside.flac", "audio/x\0.flac"):
        kept.store.put_audio(f"audio:{name}", b"planted")
        assert not kept.restore(name)
    assert (tmp_path / "outside.flac").read_bytes() == b"not ours"


def test_reference_speech_is_put_beside_it_and_mended(kept):
    utterance = speech.load(fixture("speech"))[0]
    path = kept.folder / kept.publish(utterance)
    path.write_bytes(path.read_bytes()[:1000])
    kept.publish(utterance)
    assert path.read_bytes() == utterance.path.read_bytes()


def test_speech_that_goes_away_is_said(kept, tmp_path):
    gone = speech.Utterance("a", tmp_path / "gone.flac", "words", "me", "none")
    with pytest.raises(SpeechInvalid, match=r"gone\.flac: cannot be read"):
        kept.publish(gone)


def test_a_folder_that_cannot_be_made_is_said_at_once(tmp_path):
    (tmp_path / "file").write_text("in the way")
    kept = KeptAudio(tmp_path / "file" / "run", Store(tmp_path / "store"))
    with pytest.raises(NotWritable, match=r"cannot be written.*choose another folder for runs"):
        kept.publish(speech.load(fixture("speech"))[0])


def test_the_reference_is_published_as_it_was_heard(kept, tmp_path):
    stereo = np.stack([HUM.samples, np.roll(HUM.samples, 99)], axis=1)
    soundfile.write(tmp_path / "a.caf", HUM.samples, 24000, format="CAF")
    soundfile.write(tmp_path / "b.wav", stereo, 24000)
    soundfile.write(tmp_path / "c.wav", HUM.samples, 24000)
    for stem in "abc":
        (tmp_path / f"{stem}.txt").write_text("hum")
    for_browsers, right, _ = speech.load(tmp_path, channels="right")
    (tmp_path / "m.jsonl").write_text('{"audio_filepath": "c.wav", "text": "hum", "offset": 0.1, "duration": 0.1}\n')
    (part,) = speech.load(tmp_path / "m.jsonl")
    for utterance in (for_browsers, right, part):
        name = kept.publish(utterance)
        assert name.endswith(".flac")
        np.testing.assert_allclose(read(kept.folder / name).samples, utterance.waveform().samples, atol=1 / 32768)
    (tmp_path / "m.jsonl").write_text('{"audio_filepath": "c.wav", "text": "hum"}\n')
    (whole,) = speech.load(tmp_path / "m.jsonl")
    name = kept.publish(whole)
    assert (kept.folder / name).read_bytes() == (tmp_path / "c.wav").read_bytes()
