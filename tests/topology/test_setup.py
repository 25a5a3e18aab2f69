"""A configuration is what decides what is run: each of its parts is told, and only an untouched one is a plain use."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.audio import speech
from harness.audio.utterance import CodesFile
from harness.codecs.spec import CodecSpec
from harness.record import Expectation
from harness.runtime.resources import fixture
from harness.topology.model import Topology
from harness.topology.path_catalogue import PATHS
from harness.topology.setup import Case, Configuration, Setup
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire
from harness.topology.wire_catalogue import WIRES

PLAIN = Configuration(codec=CodecSpec(name="c", adapter="pcm", options={}))


def test_any_wire_and_any_signal_path_is_a_touch_and_no_words_about_one_are() -> None:
    assert PLAIN.untouched
    assert not any(PLAIN.model_copy(update={"wire": wire}).untouched for wire in WIRES.values())
    assert not any(PLAIN.model_copy(update={"path": path}).untouched for path in PATHS.values())
    assert PLAIN.model_copy(
        update={"wire": Wire(about="a note", count=3), "path": SignalPath(about="a note")}
    ).untouched
    assert PLAIN.model_copy(update={"topology": Topology(chunk=2)}).untouched


def test_factors_are_those_of_all_parts_but_the_codec_each_by_its_own_name() -> None:
    factors = PLAIN.factors()
    parts = [PLAIN.topology.factors(), PLAIN.wire.factors(), PLAIN.path.factors()]
    assert len(factors) == sum(map(len, parts))
    assert {name.partition(".")[0] for name in factors} == {"topology", "wire", "path"}
    changed = PLAIN.model_copy(update={"wire": Wire(fault="lose"), "path": SignalPath(gain=2.0)}).factors()
    assert {name for name in factors if factors[name] != changed[name]} == {"wire.fault", "path.gain"}


def test_a_bare_setup_expects_nothing_and_is_called_by_its_codec() -> None:
    setup = Setup.bare("it", PLAIN, "golden")
    assert (setup.name, setup.topology_name, setup.reference, setup.codec) == ("it", "it", "golden", "c")
    assert setup.expectation == Expectation()
    assert setup.expectation_given
    with pytest.raises(ValidationError, match="frozen"):
        setup.name = "other"


def test_a_case_is_of_the_files_of_both_speeches_and_of_codes_that_come_with_them() -> None:
    one, two = speech.load(fixture("speech"))[:2]
    plain = Case(PLAIN, one, two)
    assert plain.sources == (f"{one.path} {one.codes}", f"{two.path} {two.codes}")
    coded = Case(PLAIN, replace(one, codes=CodesFile(Path("codes.npy"))), two)
    assert coded.sources != plain.sources
    assert Case(PLAIN, two, one).sources == plain.sources[::-1]
