"""Windows: what a call is given, how the overlap is cut or blended, and that a full window loses nothing."""

from itertools import product

import numpy as np
import pytest
from planted.windows import Echo
from pydantic import ValidationError

from harness.audio.speech import load as load_speech
from harness.audio.waveform import resample
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import CodecFailed
from harness.runtime.resources import fixture
from harness.topology.catalogue import find
from harness.topology.exact import compare
from harness.topology.interpreter import run_topology
from harness.topology.model import WHOLE_STREAM, DecoderWiring, EncoderWiring, Topology
from harness.topology.plan import Decode, Encode, Open, Reset, Transmit, plan
from harness.topology.seams import seams
from harness.topology.trace import whole_frames
from harness.topology.unused_keys import checked_topology
from harness.topology.windows import Window, blend, cut

SPEECH = load_speech(fixture("speech"))[0].waveform()
SOUND = resample(SPEECH, 16_000).samples[4_000:20_000]


def run(codec, **decoder):
    topology = Topology(chunk=5, decoder=DecoderWiring(instance="separate", calls="windowed", **decoder))
    return run_topology(topology, codec, whole_frames(SOUND, codec.info), SOUND, prior_frames=3)


def plain(codec):
    return run_topology(Topology(), codec, whole_frames(SOUND, codec.info), SOUND, prior_frames=3)


def off(trace, expected, info):
    return compare(trace.codes, trace.pcm, expected.codes, expected.pcm, info.frame_size, info.tolerance)


def test_a_window_is_the_chunk_and_what_there_is_around_it():
    steps = plan(Topology(chunk=2, decoder=DecoderWiring(calls="windowed", left_context=3, right_context=1)), 5)
    assert steps[0] == Open("a")
    assert steps[4:] == (
        Transmit(),  # what follows must have been encoded
        Decode(None, "main", 0, 2, Window(0, 3)),
        Decode(None, "main", 2, 4, Window(0, 5)),
        Decode(None, "main", 4, 5, Window(1, 5)),
    )


def test_an_encoder_has_windows_too_and_an_instance_may_be_reset_for_each():
    encoder = EncoderWiring(calls="windowed", left_context=1, reset="every-call")
    steps = plan(Topology(chunk=2, encoder=encoder, decoder=DecoderWiring(instance="separate")), 4)
    assert [step for step in steps if not isinstance(step, Decode | Open)] == [
        Reset("a", Side.ENCODER),
        Encode("a", "main", 0, 2, Window(0, 2)),
        Reset("a", Side.ENCODER),
        Encode("a", "main", 2, 4, Window(1, 4)),
    ]


@pytest.mark.parametrize(
    ("name", "topology"),
    [
        *product(["pcm", "opus"], ["windowed", "windowed-crossfade", "windowed-reset"]),
        ("mini", "windowed"),
    ],
)
def test_a_window_of_all_the_past_is_silent(name, topology):
    codec = load(name, {"codebooks": 4} if name == "mini" else {})
    got = run_topology(find(topology).topology, codec, whole_frames(SOUND, codec.info), SOUND, prior_frames=3)
    found = off(got, plain(codec), codec.info)
    assert found.codes_equal
    assert found.within_tolerance, found
    assert got.said == ""


@pytest.mark.parametrize(("past", "right"), [(2, False), (3, True), (4, True)])
def test_a_window_is_enough_exactly_if_it_holds_what_the_decoder_looks_back(past, right):
    codec = Echo(past=3)
    found = off(run(codec, left_context=past), plain(codec), codec.info)
    assert found.within_tolerance is right
    assert right or found.first_diverging_frame == 5  # the first of the second call


def test_a_decoder_that_looks_ahead_needs_what_follows():
    codec = Echo(past=1, ahead=2)
    whole = run_topology(
        Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline")),
        codec, whole_frames(SOUND, codec.info), SOUND, prior_frames=3,
    )  # fmt: skip
    assert off(run(codec, left_context=1, right_context=2), whole, codec.info).within_tolerance
    short = off(run(codec, left_context=1, right_context=0), whole, codec.info)
    assert short.first_diverging_frame == 3  # the last two of each call have nothing that follows
    assert [frame for frame, error in enumerate(short.frame_error_db) if error is not None][:4] == [3, 4, 8, 9]


LOST = 555


@pytest.mark.parametrize(
    ("where", "trim", "told"),
    [
        ("end", "left", {-LOST}),
        ("start", "left", {-LOST}),
        ("end", "keep-last", {0}),  # each call begins as much too early as it ends
        ("start", "keep-last", {0}),  # only the first call has nothing before it to be taken instead
    ],
)
def test_samples_that_each_call_loses_are_counted_at_each_seam(where, trim, told):
    codec = Echo(past=3, lost=LOST, where=where)
    trace = run(codec, left_context=5, trim=trim)  # two more than it looks back, for what begins too early
    found = seams(trace.pieces, trace.pcm, plain(codec).pcm, codec.info.frame_size)
    assert found is not None
    assert {seam.off for seam in found.seams} == told
    assert len(trace.pcm) == sum(piece.samples for piece in trace.pieces)
    assert found.inside_db is None or found.inside_db > 100  # nothing is wrong but what is missing


def test_a_cut_in_proportion_is_off_where_a_window_is_not_whole_frames():
    trace = run(Echo(past=3, lost=LOST), left_context=3, trim="proportional")
    found = seams(trace.pieces, trace.pcm, plain(Echo(past=3)).pcm, 320)
    assert found is not None
    begin = 2 * 320 + int(3 / 8 * (8 * 320 - LOST))  # of the second piece: 3 of 8 frames' share of what came is cut
    assert {seam.off for seam in found.seams} == {5 * 320 - LOST - begin}
    assert found.words.startswith("346 samples lost at each of 9 seams between calls")


def test_every_way_to_cut_gives_the_same_of_whole_frames():
    pcm = np.zeros(8 * 320, np.float32)
    for window in (Window(2, 10), Window(2, 10, "keep-last"), Window(2, 10, "proportional")):
        assert cut(pcm, window, 5, 8, 320) == (960, 1920)
        assert cut(pcm, window, 5, 10, 320) == (960, 2560)


def test_a_cut_in_proportion_may_lose_a_sample_by_rounding_alone():
    def begin(before, frames):
        pcm = np.zeros(frames * 320, np.float32)
        return cut(pcm, Window(0, frames, "proportional"), before, frames, 320)[0]

    shares = [(before, frames) for frames in range(2, 60) for before in range(1, frames)]
    short = [at for at in shares if begin(*at) != at[0] * 320]
    assert short, "no share of frames is rounded down"
    assert begin(*short[0]) == short[0][0] * 320 - 1


def test_a_call_that_gives_less_than_its_context_fails():
    with pytest.raises(CodecFailed, match=r"frames 0 to 9 returned 100 samples; wanted more than the 1600 of its 5"):
        cut(np.zeros(100, np.float32), Window(0, 10), 5, 10, 320)


def test_a_blend_leaves_equal_samples_alone_and_turns_one_into_the_other():
    one, two = np.full(99, 0.1, np.float32), np.full(99, 0.3, np.float32)
    assert np.array_equal(blend(one, one), one)
    assert np.allclose(blend(one, two), np.linspace(0.1, 0.3, 101)[1:-1], atol=1e-7)


def test_a_crossfade_that_is_longer_than_what_there_is_fails():
    with pytest.raises(CodecFailed, match=r"crossfade = 50 ms is 800 samples, wanted no more than .* have: 640"):
        run(Echo(), left_context=2, crossfade=50.0)


def test_windows_longer_than_the_stream_hold_what_there_is_and_say_so():
    assert run(Echo(), left_context=46).said == (
        "the decoder's windows of 51 frames are longer than the stream of 50: they hold what there is"
    )
    assert run(Echo(), left_context=45).said == run(Echo(), left_context=WHOLE_STREAM).said == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"decoder": {"calls": "windowed", "left_context": -1}}, "greater than or equal to 0"),
        ({"decoder": {"calls": "windowed", "dirty": True}}, "decoder.dirty needs .* = 'streaming': windowed"),
        ({"decoder": {"calls": "windowed", "reset": "start"}}, r"'streaming' \(or reset = 'every-call'\): windowed"),
        ({"decoder": {"calls": "windowed", "trim": "keep-last", "crossfade": 5}}, "both say how windows are joined"),
        ({"decoder": {"calls": "windowed", "trim": "right"}}, "'left', 'keep-last' or 'proportional'"),
        ({"batch": 2, "decoder": {"calls": "windowed"}}, "batch = 2 needs plain streaming calls"),
        ({"order": "duplex", "decoder": {"calls": "windowed"}}, "order = 'duplex' needs decoder.calls = 'streaming'"),
    ],
)  # fmt: skip
def test_what_no_window_can_be_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Topology.model_validate(wrong)


def test_a_key_that_the_calls_do_not_use_is_refused_in_a_suite():
    with pytest.raises(ValueError, match=r"decoder\.left_context = 3 has no effect"):
        checked_topology(Topology.model_validate({"decoder": {"left_context": 3}}))
    faded = {"calls": "windowed", "left_context": 3, "crossfade": 5.0, "trim": "left"}
    with pytest.raises(ValueError, match=r"decoder\.trim = 'left': decoder\.crossfade = 5 says how windows are joined"):
        checked_topology(Topology.model_validate({"decoder": faded}))
    given = Topology.model_validate({"chunk": 2, "decoder": {"calls": "windowed", "left_context": 3}})
    assert checked_topology(given) is given
    assert given.factors()["topology.decoder.left_context"] == 3
