"""Speech in other languages than English: the model that hears it, the normaliser, and what counts as a word."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import LANGUAGES, get_tokenizer

from harness.audio import waveform as audio
from harness.audio.waveform import Waveform
from harness.errors import ScorerUnavailable
from harness.metrics.whisper.hearing import NORMALISER_VERSION, describe, doubts, no_speech, token_cap
from harness.metrics.whisper.languages import WITHOUT_SPACES, normaliser
from harness.metrics.whisper.model import load
from harness.metrics.whisper.names import CODES
from harness.metrics.whisper.recogniser import listen
from harness.metrics.words import character_error_rate, compare, word_error_rate
from harness.runs.conditions import ScoresTable

SMALL = ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=32,
    n_audio_head=2,
    n_audio_layer=1,
    n_vocab=51865,
    n_text_ctx=448,
    n_text_state=32,
    n_text_head=2,
    n_text_layer=1,
)


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory) -> str:
    """A checkpoint of the multilingual class with random weights: it hears nonsense, in any language."""
    torch.manual_seed(1)
    model = Whisper(SMALL)
    for weights in model.parameters():  # whisper leaves some of them as they were in memory
        torch.nn.init.normal_(weights, std=0.1)
    path = tmp_path_factory.mktemp("whisper") / "random.pt"
    torch.save({"dims": vars(SMALL), "model_state_dict": model.state_dict()}, path)
    return str(path)


def test_the_languages_are_whispers():
    assert set(LANGUAGES) == CODES
    assert WITHOUT_SPACES < CODES


@pytest.mark.parametrize("language", ["de", "ja"])
def test_a_multilingual_model_is_told_the_language(multilingual, speech_folder, language):
    model = load(multilingual, language)
    whispers = get_tokenizer(True, num_languages=99, language=language, task="transcribe")
    assert model.prompt == list(whispers.sot_sequence_including_notimestamps)
    spoken = audio.read(Path(speech_folder) / "heart-04.flac")
    short = Waveform(spoken.samples[16_000:32_000], spoken.sample_rate)
    said = {"de": "guten Tag", "ja": "こんにちは"}[language]
    (heard,) = listen(multilingual, [short], said, language)
    assert heard.log_probability.value is not None
    assert heard.log_probability.value < -5  # nothing is likely to random weights
    assert heard.transcript is not None
    assert heard.transcript.reference_words == {"de": 2, "ja": 5}[language]


def test_what_a_model_finds_likely_depends_on_the_language(multilingual, speech_folder):
    spoken = audio.read(Path(speech_folder) / "heart-04.flac")
    found = [listen(multilingual, [spoken], "guten Tag", language)[0].log_probability for language in ("de", "en")]
    assert found[0] != found[1]


def test_an_english_model_is_refused_for_another_language():
    with pytest.raises(ScorerUnavailable, match="knows English only, and the language is 'de'"):
        load("tiny.en", "de")


def test_a_suite_asks_for_a_language_and_a_model_that_knows_it():
    assert ScoresTable(asr="small", language="de").language == "de"
    assert ScoresTable(asr=False, language="ja").asr is False
    with pytest.raises(ValidationError, match="knows English only"):
        ScoresTable(language="de")
    with pytest.raises(ValidationError, match="is no language that Whisper knows"):
        ScoresTable(asr="small", language="german")


@pytest.mark.parametrize(
    ("language", "said", "heard", "errors"),
    [
        ("de", "Die Straße, schön!", "die straße schön", 0),
        ("de", "schön", "schon", 1),
        ("fr", "L'été [musique] est là.", "l'été est là", 0),
        ("ru", "Привет, мир", "привет мир", 0),
        ("ru", "мир", "мор", 1),
        ("zh", "今天天气很好。", "今天天气很好", 0),
        ("zh", "今天天气很好", "今天天起很好", 1),
        ("ja", "ありがとう ございます", "ありがとうございました", 2),
        ("th", "สวัสดี", "สวัสดี", 0),
    ],
)
def test_texts_are_compared_as_their_language_asks(language, said, heard, errors):
    assert compare(said, heard, normaliser(language)).errors == errors
    assert compare(said, said, normaliser(language)).errors == 0


def test_without_spaces_word_errors_are_those_of_characters():
    found = compare("今天天气很好", "今天天起很好", normaliser("zh"))
    assert found.reference_words == 6
    assert word_error_rate([found]).value == pytest.approx(1 / 6)
    assert character_error_rate([found]).value == pytest.approx(1 / 11)  # of characters, and the spaces put between


@pytest.mark.skipif(importlib.util.find_spec("text_to_num") is None, reason="text2num is not installed")
@pytest.mark.parametrize(
    ("language", "words", "digits"),
    [
        ("de", "zweiundzwanzig Hunde", "22 Hunde"),
        ("fr", "vingt-deux chats", "22 chats"),
        ("es", "treinta y dos", "32"),
    ],
)
def test_numbers_in_words_are_numbers_in_digits(language, words, digits):
    assert compare(words, digits, normaliser(language)).errors == 0
    assert compare(digits, words, normaliser(language)).errors == 0
    assert compare(words, digits.replace("2", "7"), normaliser(language)).errors == 1


def test_the_recogniser_says_its_language_and_normaliser():
    english = f"codec-harness {NORMALISER_VERSION} on whisper.normalizers.EnglishTextNormalizer"
    assert str(describe("tiny.en")["normaliser"]).startswith(english)
    german, chinese = (describe("small", language) for language in ("de", "zh"))
    assert german["language"] == "de"
    assert "BasicTextNormalizer" in str(german["normaliser"])
    assert "text2num" in str(german["normaliser"]) or importlib.util.find_spec("text_to_num") is None
    assert str(chinese["normaliser"]).endswith("characters")


def test_rules_that_count_words_do_not_count_sentences_without_spaces():
    sentence = "今天天气很好我们去公园吧" * 2
    assert not no_speech(sentence, 0.9, -0.3, "zh")
    assert no_speech(sentence, 0.9, -1.5, "zh")
    assert doubts("今天" * 8, 0.5, capped=False, language="zh") != ["overlong"]
    assert token_cap(1.0, "my") > token_cap(1.0)


def test_whatever_is_heard_without_spaces_has_times(multilingual):
    noise = Waveform(np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32), 16_000)
    (heard,) = listen(multilingual, [noise], "今天", "zh")
    assert heard.transcript is not None
    words = heard.transcript.words
    assert all(word.end is not None and word.start <= word.end for word in words if word.start is not None)
