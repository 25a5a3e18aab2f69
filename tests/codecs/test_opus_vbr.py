"""Opus at variable bitrate: packets of different lengths in columns of one."""

import numpy as np
import pytest

from harness.audio.waveform import read
from harness.check.card import check
from harness.check.card import line as said
from harness.codecs.loading import load
from harness.codecs.opus.codec import OpusCodec
from harness.errors import CodecFailed
from harness.runtime.resources import fixture
from harness.topology.wire import send
from harness.topology.wire_catalogue import WIRES


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return read(fixture("speech") / "heart-01.flac").samples[: 150 * 320]  # begins with silence


def lengths(codes: np.ndarray) -> np.ndarray:
    """Return the number of bytes of each packet; nothing follows after the last one."""
    found: np.ndarray = (codes >= 0).sum(axis=0)
    for column, length in zip(codes.T, found, strict=True):
        assert (column[:length] >= 0).all()
    return found


@pytest.mark.parametrize("vbr", ["constrained", "unconstrained"])
def test_packets_differ_in_length_about_the_average(vbr: str, speech: np.ndarray) -> None:
    codec = OpusCodec(vbr=vbr)
    assert codec.info.codebooks == 80
    assert codec.info.description == f"libopus, 16 kb/s variable ({vbr}), frames of 20 ms, audio"
    found = lengths(codec.open().encode(speech))
    assert len(set(found)) > 10
    assert found.min() >= 1
    assert 0.6 * 40 < found.mean() < 1.4 * 40


def test_constraint_keeps_packets_short(speech: np.ndarray) -> None:
    def longest(application: str, vbr: str) -> int:
        return int(lengths(OpusCodec(vbr=vbr, application=application).open().encode(speech)).max())

    assert longest("lowdelay", "constrained") < longest("lowdelay", "unconstrained")
    assert longest("audio", "constrained") == longest("audio", "unconstrained")  # at 16 kb/s, the speech coder
    assert set(lengths(OpusCodec().open().encode(speech))) == {40}


def test_what_was_lost_is_concealed_and_a_hole_is_refused(speech: np.ndarray) -> None:
    codec = OpusCodec(vbr="constrained")
    codes = codec.open().encode(speech)
    clean = codec.open().decode(codes)
    lost = send(WIRES["lose-frame"], codes, codec.info.bins)
    assert (lost == -1).all(axis=0).any()
    heard = codec.open().decode(lost)
    assert heard.shape == clean.shape
    assert not np.array_equal(heard, clean)
    codes[3, 20] = -1
    with pytest.raises(CodecFailed, match="some bytes -1"):
        codec.open().decode(codes)


@pytest.mark.parametrize("options", [{"vbr": "unconstrained"}, {"dtx": True}])
def test_it_keeps_the_laws(options: dict[str, object]) -> None:
    card = check(load("opus", options), "opus", options)
    assert not card.broken, [said(finding) for finding in card.broken]
