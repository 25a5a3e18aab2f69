"""A scored pair as lines: each measurement with its limit, beyond or within."""

from pathlib import Path

import numpy as np
from verdict.measured import measured

from harness.audio.waveform import Waveform, write
from harness.record import Heard, Measurement, Transcript, WordChange
from harness.report.pair import _words, lines
from harness.report.pair import write as write_page
from harness.verdict import PairScores, Tolerances, itself, judge_pair


def scores(heard: Heard | None = None, **changes: float | str | None) -> PairScores:
    found = measured(**changes)
    judged = judge_pair(found, Tolerances())
    return PairScores(
        verdict=judged.verdict, reasons=judged.reasons, measurements=found, heard=heard, against=itself(found),
        tolerances=Tolerances(),
    )  # fmt: skip


def test_what_has_a_tolerance_has_a_limit_and_what_must_not_change_its_one_value() -> None:
    told = {line.name: line for line in lines(scores(polarity=-1.0, gain_db=-20.0))}
    assert told["gain_db"].beyond
    assert told["length_change_samples"].limit == "0"
    assert not told["pause_peak_s"].limit
    assert told["gain_db"].limit == "0.00 \N{PLUS-MINUS SIGN} 1"
    assert told["polarity"].limit == "1"
    assert not told["snr_db"].limit
    within = {line.name: line for line in lines(scores())}
    assert not within["gain_db"].beyond
    assert list(told) == list(within)


def test_what_has_no_value_says_why_and_is_beyond_nothing() -> None:
    (line,) = [line for line in lines(scores(pesq_wb="the output is silent")) if line.name == "pesq_wb"]
    assert "the output is silent" in line.value
    assert not line.beyond


def test_words_that_changed_are_told_and_the_others_are_not() -> None:
    kinds = [("equal", "a", "a"), ("substituted", "b", "x"), ("deleted", "c", ""), ("inserted", "", "d")]
    changes = tuple(WordChange(kind=kind, reference=said, heard=heard) for kind, said, heard in kinds)
    transcript = Transcript(text="", changes=changes, hits=1, substitutions=1, deletions=1, insertions=1, findings=())
    heard = Heard(transcript=transcript, log_probability=Measurement.of(-0.1, ""))
    assert _words(scores(heard)) == ["b heard as x", "c lost", "d"]
    assert _words(scores()) == ()


def test_the_page_is_one_file_with_both_sounds_in_it(tmp_path: Path) -> None:
    sound = (np.sin(np.arange(8_000) / 9) / 2).astype(np.float32)
    for name in ("said", "<heard>"):
        write(tmp_path / f"{name}.flac", Waveform(sound, 16_000))
    page = write_page(tmp_path / "pair.html", scores(), tmp_path / "said.flac", tmp_path / "<heard>.flac")
    shown = page.read_text(encoding="utf-8")
    assert shown.count("data:audio/flac;base64,") == 2
    assert "0.50 s at 16000 Hz" in shown
    assert "<heard>" not in shown
    assert str(tmp_path) not in shown
