"""A run of a few cells that is only a record: no audio, and nothing was computed."""

from typing import Any

from report.sample import codec_record, provenance

from harness.record import Cell, Expectation, Measurement, RunRecord, SetupRecord, UtteranceRecord, Verdict


def cell(setup: str, utterance: str, verdict: Verdict = Verdict.IDENTICAL, **changes: Any) -> Cell:
    """Return a cell; a change that is a number, or a reason why there is none, is a measurement of that name."""
    numbers = {name: value for name, value in changes.items() if name not in Cell.model_fields}
    measured = {
        name: Measurement.missing(value) if isinstance(value, str) else Measurement.of(value, "")
        for name, value in numbers.items()
    }
    given = {name: value for name, value in changes.items() if name in Cell.model_fields}
    whole: dict[str, Any] = {"key": "k", "reasons": (), "masked": False, "first_diverging_frame": None}
    return Cell(setup=setup, utterance=utterance, verdict=verdict, measurements=measured, **(whole | given))


def setup(name: str, **changes: Any) -> SetupRecord:
    """Return a setup of the codec before the "/" of its *name*; "shared" is the reference."""
    codec, _, topology = name.partition("/")
    whole: dict[str, Any] = {
        "name": name, "codec": codec, "topology": topology, "reference": f"{codec}/shared",
        "is_reference": topology == "shared", "factors": {}, "diagram": "", "expectation": Expectation(),
        "verdict": Verdict.IDENTICAL, "met": True, "masked": 0, "reasons": (), "worst_utterance": None, "corpus": {},
    }  # fmt: skip
    return SetupRecord(**(whole | changes))


def utterance(name: str) -> UtteranceRecord:
    """Return an utterance of a second."""
    return UtteranceRecord(
        id=name, transcript=f"the words of {name}", speaker="s", licence="", seconds=1.0, sha256="0", audio=None,
        floor=None,
    )  # fmt: skip


def run(*cells: Cell, setups: tuple[SetupRecord, ...] = (), **changes: Any) -> RunRecord:
    """Return the record of *cells*; *setups* that are not given are made for them."""
    named = {one.name: one for one in setups}
    every = [named.get(name) or setup(name) for name in dict.fromkeys([*named, *(one.setup for one in cells)])]
    whole: dict[str, Any] = {
        "name": "small", "key": "f" * 64, "complete": True, "met": True, "headline": "fine", "notes": (),
        "seconds": 1.0, "provenance": provenance(), "suite": {}, "codecs": (codec_record("mini"),),
        "utterances": tuple(utterance(name) for name in dict.fromkeys(one.utterance for one in cells)),
        "setups": tuple(every), "cells": cells,
    }  # fmt: skip
    return RunRecord.model_validate(whole | changes)
