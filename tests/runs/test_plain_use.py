"""The reference setup is judged against the uncoded speech: nothing is right because all of it is wrong alike."""

from pathlib import Path
from typing import Any, cast

import pytest
from short_speech import write_short

from harness.record import Verdict
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options

OFF = {
    "loud": ({"gain": 32768.0}, "dB louder than the codec declares"),
    "quiet": ({"gain": 0.1}, "dB quieter than the codec declares"),
    "inverted": ({"gain": -1.0}, "polarity is inverted"),
    "late": ({"late": 1600}, "100 ms later than the codec declares"),
    "noisy": ({"noise": 0.03}, "pauses are"),
    "growing": ({"growing": 3e-4}, "pauses are"),
    "stuck": ({"constant": -1.0}, "of flat tops: the output is clipped"),
    "silent": ({"constant": 0.0}, "no speech comes out of the plain use: the output is silent"),
}
FINE = {
    "plain": {},
    "declared": {"gain": 0.1, "declared_gain": -20.0},
    "its-own": {"gain": 0.1, "declared_gain": None},
}


def run(tmp_path, **changes):
    content = {
        "speech": {"utterances": ["heart-04"]},
        "codecs": {"plain": {"adapter": "pcm"}},
        "setups": [{"codec": "plain"}],
        "scores": {"asr": False, "pesq": False},
    } | changes
    made = suites.parse(content, "test", Path(), "off")
    result, _ = pipeline.run(made, tmp_path, Options(repeat=False, explain=False), jobs=2)
    return {setup.name: setup for setup in result.setups}


@pytest.fixture(scope="module")
def setups(tmp_path_factory):
    options = {name: given for name, (given, _) in OFF.items()} | FINE
    off: dict[str, Any] = {"adapter": "planted.plain:Off"}
    codecs = {name: {**off, **cast(dict[str, Any], given)} for name, given in options.items()}
    table = {"codec": list(codecs), "topology": ["shared", "cloned-decoder"]}
    return run(tmp_path_factory.mktemp("off"), codecs=codecs, setups=[table])


@pytest.mark.parametrize("name", OFF)
def test_a_fault_of_the_plain_use_is_not_met(setups, name):
    setup = setups[f"{name}/shared"]
    assert not setup.met
    assert setup.verdict is (Verdict.CORRUPT if name == "silent" else Verdict.DEGRADED)
    assert any(OFF[name][1] in reason for reason in setup.reasons), setup.reasons


@pytest.mark.parametrize("name", FINE)
def test_what_a_codec_declares_is_respected(setups, name):
    assert setups[f"{name}/shared"].met, setups[f"{name}/shared"].reasons
    assert setups[f"{name}/shared"].verdict is Verdict.IDENTICAL


def test_a_floor_can_be_asked_for(tmp_path):
    low = run(tmp_path, codecs={"plain": {"adapter": "opus", "bitrate": 6000}}, floors={"stoi": 0.99})["plain/shared"]
    assert low.verdict is Verdict.DEGRADED
    assert not low.met
    assert "on average, below the floor of 0.99" in low.reasons[0]


def test_a_clock_that_is_off_is_drift_and_degraded(tmp_path):
    """Speech of 16 007 Hz taken for 16 kHz: 437 ppm, which PESQ and STOI hardly see."""
    setup = run(
        tmp_path,
        paths={"off": {"source_rate": 16007, "resampler": "none"}},
        speech={"utterances": ["heart-01"]},
        setups=[{"codec": "plain"}, {"codec": "plain", "path": "off", "at_least": "altered"}],
    )["plain/shared/off"]
    assert setup.verdict is Verdict.DEGRADED
    assert "the clock drifts: -4" in setup.reasons[0] or "the clock drifts: +4" in setup.reasons[0]


def test_scores_of_another_codec_are_told_and_do_not_judge(tmp_path):
    setups = run(
        tmp_path,
        codecs={"plain": {"adapter": "pcm"}, "other": {"adapter": "opus", "bitrate": 9000}},
        setups=[{"codec": "plain"}, {"codec": "other", "name": "other", "reference": "plain/shared"}],
        scores={"asr": False},
    )
    assert setups["other"].verdict is Verdict.ALTERED
    assert any("which tells nothing of another codec" in reason for reason in setups["other"].reasons)


def test_a_codec_that_sets_its_level_itself_may_not_set_another_one_in_another_setup(tmp_path):
    own: dict[str, Any] = {"adapter": "planted.plain:Off", "declared_gain": None}
    codecs = {"before": {**own, "gain": 0.5}, "after": {**own, "gain": 0.05}}
    setups = run(
        tmp_path, codecs=codecs, setups=[{"codec": "before"}, {"codec": "after", "reference": "before/shared"}]
    )
    assert setups["before/shared"].met
    assert not setups["after/shared"].met
    assert "level changed by -20.0 dB" in setups["after/shared"].reasons[0]


def test_speech_too_short_for_a_floor_leaves_the_plain_use_undefined_and_accuses_nobody(tmp_path):
    folder = write_short(tmp_path / "speech", seconds=0.1)
    setups = run(
        tmp_path / "runs",
        speech={"source": str(folder)},
        codecs={"plain": {"adapter": "pcm"}, "loud": {"adapter": "planted.plain:Off", "gain": 4.0}},
        setups=[{"codec": "plain"}, {"codec": "loud", "at_least": "degraded"}],
    )
    unknown = "STOI is undefined for 1 of 1 utterances, and has a floor of 0.5"
    assert setups["plain/shared"].verdict is Verdict.UNDEFINED
    assert setups["plain/shared"].reasons == (unknown,)
    assert not setups["plain/shared"].met
    assert setups["loud/shared"].verdict is Verdict.DEGRADED  # which is seen in the signal
    assert setups["loud/shared"].met
    assert unknown in setups["loud/shared"].reasons


def test_a_telephone_band_is_not_too_quiet_but_a_quiet_one_is(tmp_path):
    codecs: dict[str, dict[str, Any]] = {"narrow": {"adapter": "planted.innocent:Telephone"}}
    codecs["quiet"] = {**codecs["narrow"], "gain": 0.6}
    table = {"codec": list(codecs)}
    setups = run(tmp_path, codecs=codecs, setups=[table], speech={"utterances": ["slt-01"]})
    assert setups["narrow/shared"].met, setups["narrow/shared"].reasons
    assert any("dB quieter than the codec declares" in reason for reason in setups["quiet/shared"].reasons)
