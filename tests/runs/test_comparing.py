"""One utterance through a setup beside its reference setup and the uncoded speech; what cannot be is undefined."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from short_speech import excerpts

from harness.codecs.loading import load
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed, ProgramKilled
from harness.record import Measurement
from harness.runs.comparing import BESIDE_REFERENCE, SEAMS, against_references, codes_sha256, compared, may_tie
from harness.topology.catalogue import find
from harness.topology.running import run_configuration
from harness.topology.setup import Configuration, Setup
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire

MAIN, OTHER = excerpts(8000)
PCM = load("pcm", {})
PLAIN = Configuration(codec=CodecSpec(name="plain", adapter="pcm", options={}))


def ran(codec=PCM, topology="shared", **changes):
    configuration = PLAIN.model_copy(update={"topology": find(topology).topology} | changes)
    return run_configuration(configuration, codec, MAIN, OTHER, {})


@pytest.fixture(scope="module")
def shared():
    return ran()


def held(traced, reference, info=PCM.info, reference_info=PCM.info, speech=MAIN):
    return compared("mine", traced, reference, speech, info, reference_info)


def number(found, name):
    return found.measurements[name].value


def test_a_transparent_codec_is_equal_to_its_reference_and_as_loud_as_the_speech(shared):
    found = held(ran(topology="separate"), shared)
    assert [number(found, name) for name in ("codes_equal", "pcm_equal", "pcm_equivalent")] == [1.0, 1.0, 1.0]
    assert number(found, "length_change_samples") == 0
    assert number(found, "gain_db") == pytest.approx(0, abs=0.01)
    assert number(found, "delay_ms") == pytest.approx(0, abs=0.01)
    assert found.measurements["snr_db"].undefined == "the outputs are equal or cannot be compared"
    assert number(found, "glitch_ms") == 0.0
    assert found.codes_sha256 == codes_sha256(shared.codes) == hashlib.sha256(shared.codes.tobytes()).hexdigest()


def test_what_failed_is_a_failure_and_whether_a_signal_ended_it(shared):
    for error, killed in ((CodecFailed("no kernel"), False), (ProgramKilled("signal 9"), True)):
        found = held(error, shared)
        assert (found.failure, found.killed, found.measurements) == (str(error), killed, {})
        assert found.frame_seconds == 0.02


def test_beside_a_reference_that_failed_everything_exact_is_undefined_and_the_speech_still_measured(shared):
    found = held(shared, CodecFailed("no kernel"))
    reasons = {found.measurements[name].undefined for name in BESIDE_REFERENCE}
    assert reasons == {"the reference setup failed: no kernel"}
    assert found.comparison is None
    assert number(found, "gain_db") == pytest.approx(0, abs=0.01)
    assert "amplitude_rms_db" in found.measurements


def test_at_another_rate_outputs_cannot_be_compared(shared):
    narrow = load("pcm", {"sample_rate": 8000})
    found = held(ran(narrow), shared, info=narrow.info)
    assert found.measurements["codes_equal"].undefined == ("the reference setup works at 16000 Hz, this one at 8000 Hz")
    assert number(found, "length_change_samples") == 0


def test_a_gain_that_a_codec_declares_is_none_and_without_one_only_the_level_is_not_asked(shared):
    half = replace(shared, pcm=shared.pcm * np.float32(0.5))
    assert number(held(half, shared), "gain_db") == pytest.approx(-6.02, abs=0.01)
    declared = held(half, shared, info=replace(PCM.info, gain_db=-6.0))
    assert number(declared, "gain_db") == pytest.approx(-0.02, abs=0.01)
    assert number(declared, "level_db") == pytest.approx(-0.02, abs=0.05)
    assert number(declared, "carried_level_db") == pytest.approx(-0.02, abs=0.05)
    own = held(half, shared, info=replace(PCM.info, gain_db=None))
    assert own.measurements["level_db"] == Measurement.missing("the codec sets its level itself")
    assert number(own, "gain_db") == pytest.approx(-6.02, abs=0.01)


def test_samples_that_are_lost_are_counted(shared):
    assert number(held(replace(shared, pcm=shared.pcm[:-320]), shared), "length_change_samples") == -320
    assert (
        number(held(replace(shared, pcm=np.append(shared.pcm, shared.pcm[:7])), shared), "length_change_samples") == 7
    )


def test_glitches_are_asked_where_the_codes_are_equal(shared):
    assert held(replace(shared, codes=shared.codes + 1), shared).measurements["glitch_ms"].undefined
    spoilt = replace(shared, pcm=np.where(np.arange(len(shared.pcm)) // 320 == 12, np.float32(0), shared.pcm))
    assert number(held(spoilt, shared), "glitch_ms") > 10


@pytest.mark.parametrize(
    ("topology", "reason"),
    [
        ("shared", "each call decodes one frame, so that everything is at a seam"),
        ("one-call", "there is one call, and no seam"),
    ],
)
def test_what_is_at_seams_cannot_be_told_of_every_wiring(shared, topology, reason):
    found = held(ran(topology=topology), shared)
    assert {found.measurements[name].undefined for name in SEAMS} == {reason}


def test_an_error_at_the_seams_is_told_from_one_within_calls(shared):
    calls = ran(topology="chunked-5")
    spoilt = calls.pcm.copy()
    for start in range(5 * 320, len(spoilt), 5 * 320):
        spoilt[start : start + 16] += np.float32(0.2)
    found = held(replace(calls, pcm=spoilt), shared)
    assert number(found, "seam_snr_db") < 30
    assert found.measurements["inside_snr_db"].undefined == (
        "the outputs are equal there, or the reference setup's is silent"
    )


def setup(name, reference="plain/shared", **changes):
    content = {
        "name": name,
        "topology_name": "shared",
        "expectation": {},
        "expectation_given": False,
        "reference": reference,
    }
    return Setup.model_validate(content | {"configuration": PLAIN.model_copy(update=changes)})


def test_ties_are_looked_for_where_the_same_samples_were_encoded():
    info = replace(PCM.info, tolerance=1e-4, codebooks=2)
    codes = np.ones((2, 100), np.int64)
    other = codes.copy()
    other[0, 40] = 2
    pcm = np.zeros(100 * info.frame_size, np.float32)
    trace = ran()
    pair = replace(trace, codes=codes, pcm=pcm), replace(trace, codes=other, pcm=pcm)
    halved = PLAIN.model_copy(update={"path": SignalPath(gain=0.5)})
    lossy = PLAIN.model_copy(update={"wire": Wire(fault="lose", at=0.5)})
    assert may_tie(PLAIN, PLAIN, info, pair)
    for one, reference in ((halved, PLAIN), (PLAIN, halved), (lossy, PLAIN), (PLAIN, lossy)):
        assert not may_tie(one, reference, info, pair)
    assert not may_tie(PLAIN, PLAIN, replace(info, tolerance=0.0), pair)
    assert not may_tie(PLAIN, PLAIN, info, (pair[0], pair[0]))


def test_each_setup_is_held_against_its_own_reference(shared):
    half = replace(shared, pcm=shared.pcm * np.float32(0.5))
    setups = [setup("plain/shared"), setup("half"), setup("same", "half"), setup("gone")]
    traces = {"plain/shared": shared, "half": half, "same": half, "gone": CodecFailed("cannot be loaded")}
    infos = dict.fromkeys(("plain/shared", "half", "same"), PCM.info)
    found = against_references(setups, traces, infos, MAIN, lambda *_asked: {})
    assert [one.setup for one in found] == ["plain/shared", "half", "same", "gone"]
    assert [one.measurements["pcm_equal"].value for one in found[:3]] == [1.0, 0.0, 1.0]
    assert (found[3].failure, found[3].frame_seconds) == ("cannot be loaded", None)
