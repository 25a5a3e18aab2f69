"""What all setups of a suite share: what may be written of speech, scores and tolerances, and what is refused."""

import pytest
from pydantic import ValidationError

from harness.errors import SuiteInvalid
from harness.runs.conditions import EMBEDDED, Conditions, ScoresTable, SpeechTable
from harness.topology.variants import MOST

OWN = {"function": "ears:loud", "better": "higher"}


def test_without_a_word_the_embedded_speech_is_scored_in_english():
    plain = Conditions()
    assert (plain.speech.source, plain.speech.utterances, plain.speech.variants) == (EMBEDDED, (), 0)
    assert (plain.scores.pesq, plain.scores.pesq_nb, plain.scores.stoi) == (True, False, True)
    assert (plain.scores.asr, plain.scores.language) == ("tiny.en", "en")


@pytest.mark.parametrize("variants", [-1, MOST + 1])
def test_there_are_no_more_variants_than_can_be_made(variants):
    assert SpeechTable(variants=MOST).variants == MOST
    with pytest.raises(ValidationError, match="variants"):
        SpeechTable(variants=variants)


@pytest.mark.parametrize("asr", [True, ""])
def test_a_recogniser_is_named_or_false(asr):
    with pytest.raises(
        ValidationError, match=r'asr is the name or path of a Whisper model, such as "tiny\.en", or false'
    ):
        ScoresTable(asr=asr)
    assert ScoresTable(asr=False).asr is False


@pytest.mark.parametrize("language", ["xx", "German", "DE", ""])
def test_a_language_is_called_as_whisper_does(language):
    with pytest.raises(
        ValidationError, match='is no language that Whisper knows, wanted one such as "de"; these are af, '
    ):
        ScoresTable(asr="small", language=language)


@pytest.mark.parametrize(("asr", "heard"), [("small", True), (False, True), ("small.en", False), ("tiny.en", False)])
def test_an_english_model_hears_english_only(asr, heard):
    assert ScoresTable(asr=asr, language="en").asr == asr
    if heard:
        assert ScoresTable(asr=asr, language="de").language == "de"
    else:
        with pytest.raises(ValidationError, match=f"asr '{asr}' knows English only, and the language is 'de'"):
            ScoresTable(asr=asr, language="de")


def test_a_metric_that_is_measured_on_demand_is_asked_for_by_its_name():
    table = ScoresTable()
    assert table.asking_for(["pesq_nb"]).pesq_nb
    assert table.asking_for(["pesq_wb", "stoi", "delay_ms", "unheard-of"]) is table
    assert not table.pesq_nb


def test_a_suites_own_metric_is_added_once_and_takes_no_name_of_ours(table, tmp_path):
    (tmp_path / "ears.py").write_text("def loud(reference, degraded, sample_rate):\n    return 1.0\n")
    scores = ScoresTable.model_validate({"own": {"loudness": OWN}})
    scores.add_own(tmp_path)
    row = table["loudness"]
    assert row.own
    scores.add_own(None)  # of a record: it knows no file, and leaves it
    assert table["loudness"] is row
    scores.add_own(tmp_path)
    assert table["loudness"] is not row
    with pytest.raises(SuiteInvalid, match="stoi"):
        ScoresTable.model_validate({"own": {"stoi": OWN}}).add_own(tmp_path)
