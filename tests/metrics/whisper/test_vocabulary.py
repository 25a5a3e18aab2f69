"""Tokens without torch are those of openai-whisper, and a damaged file is refused."""

from pathlib import Path

import pytest
from whisper.tokenizer import get_tokenizer

from harness.audio import speech
from harness.errors import WeightsInvalid
from harness.metrics.whisper.vocabulary import Vocabulary
from harness.metrics.whisper.weights import bundled_weights
from harness.runtime.resources import fixture

ODD = [
    "", " ", "don't, can't; it's 12:30!", "  two  spaces\n", "na\u00efve caf\u00e9 \u4f60\u597d \U0001f600", "\x00\x7f",
    "<|endoftext|>",
]  # fmt: skip


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(bundled_weights().with_name("tokenizer.json"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # whisper leaves a file open
def test_tokens_and_signs_are_those_of_whisper(vocabulary: Vocabulary) -> None:
    whisper = get_tokenizer(multilingual=False)
    for text in [*ODD, *(" " + utterance.transcript for utterance in speech.load(fixture("speech")))]:
        tokens = vocabulary.tokens(text)
        assert tokens == whisper.encoding.encode_ordinary(text)
        assert vocabulary.text(tokens) == whisper.decode(tokens) == text
    assert vocabulary.end == whisper.eot
    assert vocabulary.sign("<|startoftranscript|>") == whisper.sot
    assert vocabulary.sign("<|notimestamps|>") == whisper.no_timestamps


def test_words_begin_at_spaces_and_take_what_follows(vocabulary: Vocabulary) -> None:
    tokens = vocabulary.tokens(" Well-known words, 12:30 \u4f60\u597d.")
    starts = [0.02 * place for place in range(len(tokens) + 1)]
    words = vocabulary.words(tokens, starts)
    assert [word.text for word in words] == ["Well-known", "words,", "12:30", "\u4f60\u597d."]
    assert words[0].start == 0
    assert [word.end for word in words[:-1]] == [word.start for word in words[1:]]
    assert words[-1].end == pytest.approx(starts[-1])


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"added_tokens": [], "model": {"vocab": {}}}', "[" * 10_000])
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(WeightsInvalid, match=r"tokenizer\.json"):
        Vocabulary(tmp_path / "tokenizer.json")
