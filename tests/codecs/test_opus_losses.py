"""Opus when packets are lost, repeat each other, or are hardly sent."""

import functools
from typing import Any

import numpy as np
import pytest

from harness.audio.waveform import Samples, read
from harness.codecs.protocol import Codes, Side
from harness.errors import CodecFailed, SuiteInvalid
from harness.runtime.resources import fixture
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Topology
from harness.topology.trace import whole_frames
from harness.topology.wire import Wire, send

pytest.importorskip("opuslib_next", reason="needs the extra codec-harness[opus]")

from harness.codecs.opus.codec import OpusCodec
from harness.codecs.opus.library import library

SIZE = 320
FEC: dict[str, Any] = {"bitrate": 24_000, "application": "voip", "fec": True, "expected_loss": 20}


@functools.cache
def speech() -> Samples:
    return read(fixture("speech") / "heart-01.flac").samples[8_000 : 8_000 + 100 * SIZE]


def lose(codes: Codes) -> Codes:
    """Lose every fifth packet."""
    lost = codes.copy()
    lost[:, 3::5] = -1
    return lost


def error(clean: Samples, other: Samples) -> float:
    return float(np.sum((clean - other) ** 2) / np.sum(clean**2))


def test_repeats_in_the_next_packet_save_what_was_lost() -> None:
    plain, repeating = OpusCodec(bitrate=24_000, application="voip"), OpusCodec(**FEC)
    errors = []
    for codec in (plain, repeating):
        codes = codec.open().encode(speech())
        clean = codec.open().decode(codes)
        errors.append(error(clean, codec.open().decode(lose(codes))))
    concealed, repaired = errors
    assert repaired < concealed / 5, errors  # 4.8 dB against 13.7 dB when this was written


def test_decoding_with_repeats_runs_one_frame_late() -> None:
    codec = OpusCodec(**FEC)
    assert codec.info.delay == OpusCodec(bitrate=24_000, application="voip").info.delay + SIZE
    codes = codec.open().encode(speech())
    late = codec.open().decode(codes)
    assert not late[:SIZE].any()
    # What comes out is what an ordinary decoder makes of the same packets.
    ordinary = OpusCodec(bitrate=24_000, application="voip").open().decode(codes)
    np.testing.assert_array_equal(late[SIZE:], ordinary[:-SIZE])


@pytest.mark.parametrize(
    "topology",
    [
        Topology(chunk=7),
        Topology(decoder=DecoderWiring(instance="clone", cloned="switch")),
        Topology(encoder=EncoderWiring(dirty=True, reset="start"), decoder=DecoderWiring(dirty=True, reset="start")),
    ],
    ids=["chunks", "handover", "reuse-after-reset"],
)
@pytest.mark.parametrize("options", [FEC, {"dtx": True}, {"concealment": "silence"}], ids=["fec", "dtx", "silence"])
def test_the_waiting_packet_is_state(options: dict[str, Any], topology: Topology) -> None:
    codec = OpusCodec(**options)
    pcm = whole_frames(speech(), codec.info)
    reference = run_topology(Topology(), codec, pcm, pcm[::-1], prior_frames=5, wire=Wire(fault="lose", every=5))
    trace = run_topology(topology, codec, pcm, pcm[::-1], prior_frames=5, wire=Wire(fault="lose", every=5))
    np.testing.assert_array_equal(trace.codes, reference.codes)
    np.testing.assert_array_equal(trace.pcm, reference.pcm)


def test_state_and_snapshot_hold_the_waiting_packet() -> None:
    codec = OpusCodec(**FEC)
    codes = codec.open().encode(speech())
    instance = codec.open()
    assert (instance.state()["decoder/held"] == -2).all()
    instance.decode(codes[:, :4])
    np.testing.assert_array_equal(instance.state()["decoder/held"], codes[:, 3])
    snapshot = instance.snapshot()
    expected = instance.decode(codes[:, 4:8])
    other = codec.open()
    other.restore(snapshot)
    np.testing.assert_array_equal(other.decode(codes[:, 4:8]), expected)
    instance.reset(Side.DECODER)
    assert (instance.state()["decoder/held"] == -2).all()


def test_silence_is_hardly_sent() -> None:
    quiet = np.concatenate([speech()[: 30 * SIZE], np.zeros(60 * SIZE, np.float32), speech()[: 10 * SIZE]])
    codec = OpusCodec(application="voip", dtx=True)
    codes = codec.open().encode(quiet)
    lengths = (codes >= 0).sum(axis=0)
    assert set(lengths) <= {1, 2, codec.info.codebooks}
    assert (lengths[:30] == codec.info.codebooks).all()
    assert (lengths[45:90] <= 2).sum() > 35
    pcm = codec.open().decode(codes)
    delay = codec.info.delay
    assert np.abs(pcm[60 * SIZE : 90 * SIZE]).max() < 0.01
    assert np.abs(pcm[delay : 30 * SIZE]).max() > 0.1
    always = OpusCodec(application="voip").open().encode(quiet)
    assert always.min() >= 0


def test_a_codec_that_always_sends_refuses_a_short_packet() -> None:
    codes = np.full((40, 1), -1)
    codes[0] = 8
    with pytest.raises(CodecFailed, match="some bytes -1"):
        OpusCodec().open().decode(codes)
    assert OpusCodec(dtx=True).open().decode(codes).shape == (SIZE,)


def test_losses_can_be_left_as_holes() -> None:
    codec = OpusCodec(concealment="silence")
    codes = codec.open().encode(speech())
    holes = codec.open().decode(lose(codes))
    for frame in range(3, 100, 5):
        assert not holes[frame * SIZE : (frame + 1) * SIZE].any()
    concealed = OpusCodec().open().decode(lose(codes))
    assert concealed[3 * SIZE : 4 * SIZE].any()
    without = np.delete(codes, range(3, 100, 5), axis=1)  # the decoder never hears of what was lost
    kept = np.delete(holes.reshape(-1, SIZE), range(3, 100, 5), axis=0)
    np.testing.assert_array_equal(kept.reshape(-1), codec.open().decode(without))


SWITCHING: dict[str, Any] = {"bitrate": 24_000, "switch_bitrate": 9_000, "switch_every": 10}


def test_the_bitrate_switches_in_mid_stream_and_back() -> None:
    codec = OpusCodec(**SWITCHING)
    codes = codec.open().encode(speech())
    lengths = (codes >= 0).sum(axis=0)
    assert lengths.tolist() == ([60] * 10 + [22] * 10) * 5
    np.testing.assert_array_equal(codes[:, :10], OpusCodec(bitrate=24_000).open().encode(speech()[: 10 * SIZE]))
    decoded = codec.open().decode(codes)
    good = OpusCodec(bitrate=24_000)
    delay = codec.info.delay
    plain = good.open().decode(good.open().encode(speech()))
    assert error(speech()[:-delay], decoded[delay:]) > 1.5 * error(speech()[:-delay], plain[delay:])


@pytest.mark.parametrize("cut", [7, 10, 13])
def test_a_switch_is_carried_on_by_clones_snapshots_and_any_cut_into_calls_and_undone_by_a_reset(cut: int) -> None:
    codec = OpusCodec(**SWITCHING)
    whole = codec.open().encode(speech())
    instance, restored = codec.open(), codec.open()
    first = instance.encode(speech()[: cut * SIZE])
    restored.restore(instance.snapshot())
    for again in (instance.clone(), restored, instance):
        np.testing.assert_array_equal(np.hstack([first, again.encode(speech()[cut * SIZE :])]), whole)
    assert instance.state()["encoder/encoded"].item() == 100
    instance.reset(Side.ENCODER)
    np.testing.assert_array_equal(instance.encode(speech()), whole)


def received(codes: Codes, repaired: int) -> Samples:
    """Decode as a receiver that waits for the packet after a burst, and uses its repair for the lost one *repaired*."""
    libopus = library("bundled")
    decoder = libopus.new_decoder(16_000)
    packets = [None if (column < 0).all() else column.astype(np.uint8) for column in codes.T]
    lost = [frame for frame, packet in enumerate(packets) if packet is None]
    pcm = np.zeros((len(packets), SIZE), np.float32)
    for frame, packet in enumerate(packets):
        if frame == lost[repaired]:
            libopus.decode(decoder, packets[lost[-1] + 1], pcm[frame], previous=True)
        else:
            libopus.decode(decoder, packet, pcm[frame])
    return pcm.reshape(-1)


def test_the_packet_after_a_burst_repairs_the_last_of_it_and_no_other() -> None:
    """Repairing the first of five lost packets instead, as a radio once did, is heard in what follows, too."""
    codec = OpusCodec(**FEC)
    codes = codec.open().encode(speech())
    sent = send(Wire(fault="lose", count=5, at=0.4), codes, 256)
    clean, repaired = (codec.open().decode(each)[SIZE:] for each in (codes, sent))
    right, wrong = (received(sent, place)[:-SIZE] for place in (-1, 0))
    np.testing.assert_array_equal(repaired, right)
    last, around = slice(44 * SIZE, 45 * SIZE), slice(40 * SIZE, 50 * SIZE)
    assert error(clean[last], right[last]) < 0.5 * error(clean[last], wrong[last])
    assert error(clean[around], right[around]) < 0.6 * error(clean[around], wrong[around])  # 0.24 and 0.59 were seen


def test_every_option_changes_the_fingerprint() -> None:
    options: list[dict[str, Any]] = [
        {},
        FEC,
        FEC | {"expected_loss": 5},
        {"dtx": True},
        {"concealment": "silence"},
        {"expected_loss": 20},
    ]
    options += [SWITCHING, SWITCHING | {"switch_every": 20}, SWITCHING | {"switch_bitrate": 12_000}]
    assert len({OpusCodec(**option).info.fingerprint for option in options}) == len(options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fec": True}, "fec has no effect unless expected_loss is above 0"),
        ({"fec": True, "expected_loss": 10, "frame_ms": 5}, "frame_ms 10 or more"),
        ({"fec": True, "expected_loss": 10, "application": "lowdelay"}, "application audio or voip"),
        ({"expected_loss": 101}, "expected_loss is 101, wanted per cent, 0 to 100"),
        (
            {"switch_bitrate": 9_000},
            "got switch_bitrate 9000 and switch_every None at 16000 b/s, wanted another bitrate",
        ),
        ({"switch_every": 5}, "got switch_bitrate None and switch_every 5"),
        ({"switch_bitrate": 16_000, "switch_every": 5}, "wanted another bitrate"),
        ({"switch_bitrate": 9_000, "switch_every": 0}, "frames, 1 or more, or neither"),
        ({"switch_bitrate": 900, "switch_every": 5}, "opus: 900 b/s in frames of 20 ms is 2 bytes a packet, wanted 3"),
        ({"concealment": "noise"}, "concealment is 'noise', wanted one of libopus, silence"),
    ],
)
def test_options_without_effect_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SuiteInvalid, match=words):
        OpusCodec(**options)
