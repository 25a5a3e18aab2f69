"""Codes of a file or of another codec: what is not for the decoder is refused in one line that says what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from planted.decoders import Decoder, write_codes

from harness.audio.speech import load as load_speech
from harness.codecs.sealed import sealed
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed
from harness.topology import catalogue
from harness.topology.given_codes import codes_of, handed, heard
from harness.topology.setup import Case, Configuration

INFO = Decoder("opus").info
OPUS = CodecSpec(name="opus", adapter="opus", options={})
ALONE = CodecSpec(name="alone", adapter="planted.decoders:Decoder", options={"inner": "opus"})


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speech")
    return load_speech(write_codes(folder, ["heart-01", "rms-01"], "opus"))


def test_codes_of_a_file_are_those_that_the_other_codec_makes(spoken):
    in_file = codes_of(spoken[0], INFO, None)
    assert in_file.dtype == np.int64
    assert np.array_equal(in_file, codes_of(spoken[0], INFO, OPUS))


def test_speech_is_handed_as_it_is_and_codes_in_samples(spoken):
    assert np.array_equal(handed(spoken[0], sealed(Decoder("pcm").inner), None).samples, spoken[0].waveform().samples)
    alone = sealed(Decoder("opus"))
    carried = handed(spoken[0], alone, None)
    assert alone.recordings is not None
    assert np.array_equal(alone.recordings.play(carried.samples), codes_of(spoken[0], INFO, None))


def changed(utterance, tmp_path, change):
    path = tmp_path / "codes.npy"
    np.save(path, change(np.load(utterance.codes.path)))
    return replace(utterance, codes=replace(utterance.codes, path=path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda codes: codes[None],
            r"shape \(1, 40, \d+\); wanted integers from 0 to 255, of shape \(40, F\)",
        ),
        (lambda codes: codes.T, r"codes of shape \(\d+, 40\); wanted"),
        (lambda codes: codes[:-1], r"codes of shape \(39, \d+\); wanted"),
        (lambda codes: codes[:, :0], r"codes of shape \(40, 0\); wanted"),
        (lambda codes: codes.astype(np.float32), r"float32 of shape .*; wanted integers"),
        (lambda codes: codes + 1, "codes from 1 to 256; wanted"),
        (lambda codes: codes - 1, "codes from -1 to 254; wanted"),
        (lambda codes: codes[:, :20], r"20 frames are 0\.40 s, but heart-01\.flac is .* s; wanted the codes of that"),
        (lambda codes: np.tile(codes, 2), r"frames are .* s, but heart-01\.flac is .* s"),
    ],
)
def test_codes_that_are_not_for_the_decoder_are_refused(spoken, tmp_path, change, said):
    with pytest.raises(CodecFailed, match=said):
        codes_of(changed(spoken[0], tmp_path, change), INFO, None)


def test_two_frames_more_or_less_than_the_speech_are_how_encoders_differ(spoken, tmp_path):
    for change in (lambda codes: codes[:, :-1], lambda codes: np.pad(codes, ((0, 0), (0, 1)))):
        assert len(codes_of(changed(spoken[0], tmp_path, change), INFO, None)) == INFO.codebooks


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"bins": 2048}, "codes of 2048 bins, as the manifest says; opus-decoder has 256"),
        ({"frame_rate": 12.5}, r"codes of 12\.5 frames a second, as the manifest says; opus-decoder has 50"),
        ({"sha256": "0" * 64}, r"sha256 is \w{12}\.\.\. but the manifest says 0{12}"),
    ],
)
def test_codes_of_another_codec_are_known_by_what_the_manifest_says(spoken, stated, said):
    utterance = replace(spoken[0], codes=replace(spoken[0].codes, **stated))
    with pytest.raises(CodecFailed, match=said):
        codes_of(utterance, INFO, None)


def test_no_codes_at_all(spoken):
    with pytest.raises(CodecFailed, match="the utterance 'heart-01' has no codes; name a"):
        codes_of(replace(spoken[0], codes=None), INFO, None)


@pytest.mark.parametrize(
    ("adapter", "options", "said"),
    [
        ("pcm", {}, "takes codes of 40 codebooks, but codes_from = 'other' makes 320"),
        ("opus", {"frame_ms": 10}, "but codes_from = 'other' makes"),
        ("planted.decoders:Decoder", {"inner": "opus"}, "that codec has no encoder either"),
    ],
)
def test_codes_from_a_codec_that_makes_none_for_it(spoken, adapter, options, said):
    with pytest.raises(CodecFailed, match=said):
        codes_of(spoken[0], INFO, CodecSpec(name="other", adapter=adapter, options=options))


def test_the_codes_of_other_speech_are_needed_only_where_it_is_heard(spoken):
    bare = replace(spoken[1], codes=None)

    def case(topology):
        return Case(Configuration(codec=ALONE, topology=catalogue.find(topology).topology), spoken[0], bare)

    main, other = heard(case("takeover"))
    assert np.array_equal(main.samples, other.samples)
    for topology in ("cross-talk", "slot-idle-3", "batched-2", "dirty-clone", "in-turn-2"):
        with pytest.raises(CodecFailed, match="rms-01"):
            heard(case(topology))
