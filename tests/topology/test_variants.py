"""Inaudible variants of what a codec is given."""

import math

from harness.codecs.spec import CodecSpec
from harness.topology.setup import Configuration, Setup
from harness.topology.signal_path import SignalPath
from harness.topology.variants import MOST, STEPS, variants, variants_of

PATH = SignalPath(gain=0.5)
PCM = CodecSpec(name="pcm", adapter="pcm", options={})
SETUP = Setup.bare("pcm/shared", Configuration(codec=PCM, path=PATH), "pcm/shared")


def test_each_is_another_level_that_nobody_hears():
    found = variants(SETUP, MOST)
    gains = [20 * math.log10(one.configuration.path.gain / PATH.gain) for one in found]
    assert [round(gain, 6) for gain in gains] == list(STEPS)
    assert len(set(STEPS)) == MOST
    assert all(0 < abs(step) <= 0.1 for step in STEPS)
    assert abs(sum(STEPS)) < 0.1  # neither louder nor quieter on the whole


def test_each_is_held_against_the_setup_itself():
    found = variants(SETUP, 2)
    assert [(one.name, one.reference) for one in found] == [
        ("pcm/shared -0.01 dB", "pcm/shared"),
        ("pcm/shared +0.02 dB", "pcm/shared"),
    ]


def test_only_what_is_held_against_itself_has_some():
    other = Setup.bare("pcm/clone", SETUP.configuration, "pcm/shared")
    assert list(variants_of([SETUP, other], 3)) == ["pcm/shared"]
    assert variants_of([SETUP, other], 0) == {}
