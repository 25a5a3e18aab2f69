"""
What a recogniser reports of one piece of audio, and the rules by which it is believed.

The recogniser is greedy (temperature 0, no timestamps, no conditioning on earlier text), so that the same audio gives
the same text every time. Whisper's own answer to a doubtful text, decoding again at random temperatures, is not
repeatable and takes tens of seconds on garbled speech; here a doubtful text stays, with a finding beside it.

Findings
--------
"silent"           below -80 dB RMS: not decoded, since Whisper hears "you" in silence
"too short"        less than 0.1 s: not decoded
"no speech"        Whisper's own rule (no-speech probability above 0.6 and mean log-probability below -1), or one or two
                   words only at a no-speech probability above 0.8: the "you" that Whisper hears in noise. Text dropped.
                   Where words are counted in characters, Whisper's rule alone
"repetition loop"  the text compresses more than 2.4 fold: the decoder went round in circles, however sure it was
"overlong"         more words than can be said in the time; not where words are counted in characters
"token cap"        decoding was stopped at the most tokens that the time can hold
"empty"            nothing was heard though the audio has sound
"several windows"  longer than 30 s: cut at quiet places (`windows.pieces`), the texts joined
"""

import math
import zlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from harness.errors import ScorerUnavailable
from harness.metrics import whisper as recognition
from harness.metrics import words as word_rules
from harness.metrics.whisper.ctranslate2_folder import folder_sha256
from harness.metrics.whisper.engine import compute_type
from harness.metrics.whisper.languages import described, in_characters
from harness.metrics.whisper.names import ENGLISH
from harness.metrics.whisper.weights import weights_sha256
from harness.metrics.whisper.windows import EDGE, MARGIN, SILENCE_ENCODED, SILENCE_RMS, STRIDE, WINDOW_SECONDS
from harness.metrics.words import character_error_rate, word_error_rate
from harness.record import Measurement, Scalar, Transcript

NORMALISER_VERSION = 6  # of `normaliser`: raise it when other words come out
NORMALISER = f"codec-harness {NORMALISER_VERSION} on"
LOOP_COMPRESSION = 2.4  # of openai-whisper's transcribe
NO_SPEECH_PROBABILITY, NO_SPEECH_LOG_PROBABILITY = 0.6, -1.0  # of openai-whisper's transcribe
# Of noise and hum from -80 to -40 dB, 0.3 to 12 s long, "you" had a no-speech probability of 0.82 or more, and often a
# good log-probability; words cut out of speech, noise or not, of which one was heard, had 0.68 at most.
INVENTED_PROBABILITY, INVENTED_WORDS = 0.8, 2
WORDS_PER_SECOND = 7.0  # fast speech is 5; a few words of grace for short audio
TOKENS_PER_SECOND = 10.0
GRACE_WORDS, GRACE_TOKENS = 3, 16
MOST_TOKENS = 224  # half of Whisper's text context, its own limit

LOG_PROBABILITY_UNIT = "nat/token"


@dataclass(frozen=True)
class Hearing:
    """
    What was heard in one piece of audio.

    transcript : the words against those that were said; None if the audio cannot be listened to at all (NaN)
    log_probability : mean natural log-probability per token of what was said, 0 or less, given the audio
    reason : why there is no transcript
    """

    transcript: Transcript | None
    log_probability: Measurement
    reason: str = ""

    @property
    def text(self) -> str:
        """What was heard, as written by the recogniser."""
        return self.transcript.text if self.transcript else ""

    @property
    def findings(self) -> tuple[str, ...]:
        """What to hold against the text."""
        return self.transcript.findings if self.transcript else ()

    @property
    def word_error_rate(self) -> Measurement:
        """Word errors per word said, 0 or more."""
        return word_error_rate([self.transcript]) if self.transcript else Measurement.missing(self.reason)

    @property
    def character_error_rate(self) -> Measurement:
        """Character errors per character said, 0 or more."""
        return character_error_rate([self.transcript]) if self.transcript else Measurement.missing(self.reason)


def token_cap(seconds: float, language: str = ENGLISH) -> int:
    """
    Return the most tokens that *seconds* of speech can hold, generously.

    In other languages than English a letter may take several tokens, so only Whisper's own limit holds.
    """
    if language != ENGLISH:
        return MOST_TOKENS
    return min(MOST_TOKENS, math.ceil(TOKENS_PER_SECOND * seconds) + GRACE_TOKENS)


def no_speech(text: str, probability: float, log_probability: float, language: str = ENGLISH) -> bool:
    """Tell whether *text*, decoded at a no-speech *probability* and mean *log_probability*, is made up."""
    few = not in_characters(language) and len(text.split()) <= INVENTED_WORDS
    if probability > INVENTED_PROBABILITY and few:
        return True
    return probability > NO_SPEECH_PROBABILITY and log_probability < NO_SPEECH_LOG_PROBABILITY


def doubts(text: str, seconds: float, *, capped: bool, language: str = ENGLISH) -> list[str]:
    """Return the findings against a decoded *text* of audio that lasts *seconds*."""
    found = []
    packed = text.encode()
    if packed and len(packed) / len(zlib.compress(packed)) > LOOP_COMPRESSION:
        found.append("repetition loop")
    if not in_characters(language) and len(text.split()) > WORDS_PER_SECOND * seconds + GRACE_WORDS:
        found.append("overlong")
    if capped:
        found.append("token cap")
    return found


def describe(model: str, language: str = ENGLISH) -> dict[str, Scalar]:
    """
    Return what decides a transcript beside the audio: engine, weights, versions, decoding settings. Loads no engine.

    Raises as the engine's loader does if the weights are not there or know no such language.
    """
    computed_in = compute_type(model)
    engine = _torch(model, language) if computed_in is None else _ctranslate2(model, computed_in, language)
    return engine | {
        "model": model,
        "own_code": f"recognition {recognition.VERSION}, words {word_rules.VERSION}",
        "temperature": 0.0,
        "timestamps": False,
        "condition_on_previous_text": False,
        "language": language,
        "window_seconds": WINDOW_SECONDS,
        "most_tokens": MOST_TOKENS,
        "no_speech": f"above {INVENTED_PROBABILITY} with at most {INVENTED_WORDS} words, or Whisper's rule",
        "silence_rms": SILENCE_RMS,
        "loop_compression": LOOP_COMPRESSION,
        "threads": 1,
    }


def _torch(model: str, language: str) -> dict[str, Scalar]:
    whisper = _version("openai-whisper")
    english = f"{NORMALISER} whisper.normalizers.EnglishTextNormalizer {whisper}"
    return {
        "weights_sha256": weights_sha256(model),
        "openai_whisper": whisper,
        "normaliser": english if language == ENGLISH else described(language),
        "positions": f"margin {MARGIN}, stride {STRIDE}, edge {EDGE}",
    }


def _ctranslate2(model: str, computed_in: str, language: str) -> dict[str, Scalar]:
    if language != ENGLISH:
        raise ScorerUnavailable(
            f"{model}: this engine is for English only, and the language is {language!r}; "
            'give [scores] asr a multilingual Whisper model without "ct2:", such as "small"'
        )
    return {
        "weights_sha256": folder_sha256(model),
        "engine": f"CTranslate2 {_version('ctranslate2')}",
        "compute_type": computed_in,
        "normaliser": f"{NORMALISER} whisper_normalizer.english {_version('whisper-normalizer')}",
        "positions": f"{SILENCE_ENCODED:g} s of silence encoded with a clip, the rest apart",
        "likelihood": "of text tokens alone, by align",
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
