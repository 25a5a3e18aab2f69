"""
What depends on the language that is spoken: the normaliser, and what counts as a word.

Texts in English are compared as `normaliser` writes them. In other languages they are compared as Whisper's basic
normaliser writes them, which knows no language: small letters, no punctuation, symbols or brackets, diacritics kept.
Numbers are then written in digits where the package `text2num` knows the language and is installed. In a language that
is written without spaces every character counts as a word, as in Whisper's own evaluation, so that every rate and gate
of words is one of characters.

Source
------
Radford et al. 2022, appendix C; openai-whisper `tokenizer.py`, whose languages these are.
"""

import functools
import importlib.util
import warnings
from collections.abc import Callable

from harness.metrics.whisper.names import ENGLISH
from harness.metrics.whisper.normaliser import EnglishNormaliser
from harness.runtime.provenance import package_version

WITHOUT_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "yue"})  # of which Whisper's tokenizer parts every character
NUMBERS_IN_DIGITS = frozenset({"fr", "es", "pt", "de", "it", "nl", "da"})  # that text2num knows, beside English
VERSION = 1  # of all but English: raise it when other words come out


def in_characters(language: str) -> bool:
    """Tell whether words of *language* are counted in characters."""
    return language in WITHOUT_SPACES


def described(language: str) -> str:
    """Return what decides the normal form of a text in *language*, beside the text. Loads nothing."""
    made = f"codec-harness {VERSION} on whisper.normalizers.BasicTextNormalizer {package_version('openai-whisper')}"
    if in_characters(language):
        return f"{made}, characters"
    return f"{made}, text2num {package_version('text2num')}" if _counts(language) else made


def normaliser(language: str) -> Callable[[str], str]:
    """Return the normaliser of texts in *language*, one of `CODES`."""
    if language == ENGLISH:
        return english()
    return _basic(language)


@functools.cache
def english() -> EnglishNormaliser:
    """Return the normaliser of English on the rules of openai-whisper."""
    from whisper.normalizers import EnglishTextNormalizer  # brings torch, which only the workers need

    with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # whisper leaves a file open
        return EnglishNormaliser(EnglishTextNormalizer())


@functools.cache
def _basic(language: str) -> Callable[[str], str]:
    from whisper.normalizers import BasicTextNormalizer

    basic: Callable[[str], str] = BasicTextNormalizer(split_letters=in_characters(language))
    if not _counts(language):
        return lambda text: basic(text).strip()
    from text_to_num import alpha2digit  # an extra

    return lambda text: basic(alpha2digit(text, language)).strip()


def _counts(language: str) -> bool:
    """Tell whether numbers in words are written in digits."""
    return language in NUMBERS_IN_DIGITS and importlib.util.find_spec("text_to_num") is not None
