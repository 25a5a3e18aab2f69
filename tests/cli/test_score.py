"""`codec-harness score`: a verdict with its reasons and limits, a gate, and a page."""

import numpy as np
import pytest
from click.testing import CliRunner

from harness.audio import waveform as audio
from harness.cli.score import score
from harness.errors import UsageInvalid


@pytest.fixture
def pair(speech_folder, tmp_path):
    """Return a reference, and the same 12 dB quieter, upside down."""
    reference = speech_folder / "heart-04.flac"
    spoken = audio.read(reference)
    degraded = tmp_path / "quiet & <b>bold</b>.wav"
    audio.write(degraded, audio.Waveform(spoken.samples * -0.25, spoken.sample_rate))
    return str(reference), str(degraded)


def test_a_degraded_pair_fails_its_gate_and_leaves_a_page(pair, tmp_path):
    page = tmp_path / "pair.html"
    done = CliRunner().invoke(score, [*pair, "--gate", "--report", str(page)])
    assert done.exit_code == 1, done.output
    lines = {line.split()[0]: line for line in done.output.splitlines() if line[:1].strip()}
    assert "-12.04 dB BEYOND" in lines["gain_db"]
    assert lines["gain_db"].rstrip().endswith("0.00 \N{PLUS-MINUS SIGN} 1")
    assert lines["polarity"].split()[-1] == "1"
    assert lines["verdict:"] == "verdict: degraded"
    assert "    level changed by -12.0 dB" in done.output
    assert lines["words:"].startswith("words: not scored; --text ")
    assert lines["gate:"] == "gate: degraded is worse than altered"
    shown = page.read_text()
    assert "level changed by -12.0 dB" in shown
    assert shown.count("data:audio/flac") == shown.count("data:image/webp") == 2
    assert "<b>bold" not in shown
    assert "http" not in shown.replace("http-equiv", "")


def test_the_reference_itself_passes_the_gate(speech_folder):
    same = str(speech_folder / "heart-04.flac")
    done = CliRunner().invoke(score, [same, same, "--gate"])
    assert done.exit_code == 0, done.output
    assert "verdict: identical" in done.output
    assert "words:" not in done.output


@pytest.mark.parametrize("rate", [44_100, 22_050, 8_000])
def test_a_file_at_another_rate_is_no_longer_and_no_shorter_by_rounding(speech_folder, tmp_path, rate):
    spoken = audio.read(speech_folder / "slt-04.flac")
    odd = audio.Waveform(spoken.samples[:-1], spoken.sample_rate)
    reference, decoded, cut = (tmp_path / f"{name}.wav" for name in ("reference", "decoded", "cut"))
    audio.write(reference, odd)
    for less in (0, 1):
        at_rate = audio.resample(odd, rate)
        audio.write(decoded, audio.Waveform(at_rate.samples[: len(at_rate.samples) - less], rate))
        done = CliRunner().invoke(score, [str(reference), str(decoded), "--at-least", "degraded"])
        (length,) = [line for line in done.output.splitlines() if line.startswith("length_change_samples")]
        assert length.split()[1:] == ["0", "samples", "0"]
    audio.write(cut, audio.Waveform(at_rate.samples[:-30], rate))
    assert "samples fewer" in CliRunner().invoke(score, [str(reference), str(cut)]).output


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_page_that_cannot_be_written_is_an_error_and_loses_no_score(speech_folder, tmp_path, form):
    same = str(speech_folder / "heart-04.flac")
    (tmp_path / "file").touch()
    done = CliRunner().invoke(score, [same, same, *form, "--report", str(tmp_path / "file" / "pair.html")])
    assert done.exit_code == 2
    assert "identical" in done.stdout
    assert "report" not in done.stdout
    (said,) = done.stderr.splitlines()
    assert said.startswith("codec-harness: report: none: ")
    assert said.endswith(
        "pair.html: cannot be written (Not a directory); make room or write the page elsewhere (--report)"
    )


def test_two_gates_are_refused(pair):
    done = CliRunner().invoke(score, [*pair, "--gate", "--at-least", "altered"])
    assert done.exit_code == 2
    assert "give one of them" in done.output


def test_equal_files_are_not_identical_where_one_is_to_come_later(speech_folder):
    same = str(speech_folder / "heart-04.flac")
    done = CliRunner().invoke(score, [same, same, "--gate", "--delay", "1600"])
    assert done.exit_code == 1, done.output
    assert "delay changed by -100.0 ms" in done.output


@pytest.mark.slow
def test_a_line_break_makes_no_word_less_likely(speech_folder):
    same = str(speech_folder / "heart-04.flac")
    said = "My brother teaches music at a school near the river."
    told = [
        CliRunner().invoke(score, [same, same, "--text", one]).output for one in (said, said.replace(" ", "\n ", 3))
    ]
    assert told[0] == told[1]


def test_a_delay_that_is_longer_than_the_file_is_bad_input(speech_folder):
    same = str(speech_folder / "heart-04.flac")
    with pytest.raises(UsageInvalid, match="a declared delay of 9999999 leaves none; wanted a delay shorter"):
        CliRunner().invoke(score, [same, same, "--delay", "9999999"], catch_exceptions=False)


@pytest.mark.slow
def test_a_sentence_after_the_end_is_heard(speech_folder, tmp_path):
    reference, next_one = (audio.read(speech_folder / f"{name}.flac") for name in ("rms-02", "heart-04"))
    longer = tmp_path / "longer.wav"
    audio.write(longer, audio.Waveform(np.append(reference.samples, next_one.samples), reference.sample_rate))
    said = "Our friends are going to paint their house yellow this summer."
    done = CliRunner().invoke(score, [str(speech_folder / "rms-02.flac"), str(longer), "--text", said])
    assert "verdict: corrupt" in done.output
    assert "11 words are wrong" in done.output


def test_a_file_is_not_taken_for_the_words(pair, tmp_path):
    words = tmp_path / "the words.txt"
    words.write_text("what was said")
    done = CliRunner().invoke(score, [*pair, "--text", str(words)])
    assert done.exit_code == 2
    assert f"--text got a file, {words}, wanted the words in it: --text \"$(cat '{words}')\"" in done.output
