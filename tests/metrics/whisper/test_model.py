"""Our batched Whisper against openai-whisper's own functions, on real weights and real speech."""

import urllib.error
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import whisper
from whisper.timing import find_alignment

from harness.audio.waveform import read, resample
from harness.errors import ScorerUnavailable, WeightsInvalid
from harness.metrics.whisper.languages import normaliser
from harness.metrics.whisper.model import POSITIONS, WhisperModel, load, one_thread
from harness.metrics.whisper.names import ENGLISH
from harness.metrics.whisper.stream import together
from harness.metrics.whisper.weights import checkpoint, read_checkpoint
from harness.metrics.whisper.windows import SAMPLE_RATE
from harness.runtime.resources import fixture

CLIPS = ("heart-01", "slt-02", "rms-03")


@pytest.fixture(scope="module")
def model() -> Iterator[WhisperModel]:
    with one_thread():
        yield load("tiny.en")


@pytest.fixture(scope="module")
def clips() -> list[np.ndarray]:
    return [resample(read(fixture("speech") / f"{name}.flac"), SAMPLE_RATE).samples for name in CLIPS]


@pytest.fixture(scope="module")
def theirs(model: WhisperModel, clips: list[np.ndarray]) -> list[whisper.DecodingResult]:
    """What openai-whisper makes of the clips, one by one."""
    options = whisper.DecodingOptions(language="en", temperature=0.0, without_timestamps=True, fp16=False)
    return [whisper.decode(model.model, _mel(clip), options) for clip in clips]


def _mel(samples: np.ndarray) -> torch.Tensor:
    mel: torch.Tensor = whisper.log_mel_spectrogram(whisper.pad_or_trim(torch.from_numpy(samples)))
    return mel


def test_the_whole_window_gives_whispers_own_tokens_and_probabilities(
    model: WhisperModel, clips: list[np.ndarray], theirs: list[whisper.DecodingResult]
) -> None:
    encoded = together([model.encode(clip, whole=True) for clip in clips])
    assert encoded.positions == POSITIONS
    for own, wanted in zip(model.decode(encoded, [224] * len(clips)), theirs, strict=True):
        assert own.tokens == wanted.tokens
        assert own.text == wanted.text
        assert own.log_probability == pytest.approx(wanted.avg_logprob, abs=1e-4)
        assert own.no_speech == pytest.approx(wanted.no_speech_prob, abs=1e-4)
        assert not own.capped


def test_the_shortcut_hears_the_same_and_is_several_times_smaller(
    model: WhisperModel, clips: list[np.ndarray], theirs: list[whisper.DecodingResult]
) -> None:
    for clip, wanted in zip(clips, theirs, strict=True):
        encoded = model.encode(clip)
        assert encoded.positions < POSITIONS / 3
        assert model.decode(encoded, [224])[0].text == wanted.text


def test_the_shortcut_shows_the_decoder_nearly_the_same_speech(model: WhisperModel, clips: list[np.ndarray]) -> None:
    # Measured: 0.05 to 0.09. Without the weights 0.12 to 0.18, without the window's end 0.09 to 0.21.
    for clip in clips:
        spoken = len(clip) // 320
        short, whole = model.encode(clip), model.encode(clip, whole=True)
        for (keys, _), (wanted, _) in zip(short.cross, whole.cross, strict=True):
            error = (keys[:, :, :spoken] - wanted[:, :, :spoken]).norm() / wanted[:, :, :spoken].norm()
            assert error < 0.1


def test_likelihood_is_that_of_whispers_decoder(
    model: WhisperModel, clips: list[np.ndarray], theirs: list[whisper.DecodingResult]
) -> None:
    tokens = [result.tokens for result in theirs]
    own = model.log_probabilities(together([model.encode(clip, whole=True) for clip in clips]), tokens)
    for value, clip, text in zip(own, clips, tokens, strict=True):
        with torch.inference_mode():
            fed = torch.tensor([[*model.prompt, *text]])
            logits = model.model(_mel(clip)[None], fed)[0].log_softmax(dim=-1)
        steps = [float(logits[len(model.prompt) - 1 + place, token]) for place, token in enumerate(text)]
        assert value == pytest.approx(np.mean(steps), abs=1e-4)


def test_the_shortcut_keeps_the_likelihood(
    model: WhisperModel, clips: list[np.ndarray], theirs: list[whisper.DecodingResult]
) -> None:
    for clip, wanted in zip(clips, theirs, strict=True):
        (short,) = model.log_probabilities(model.encode(clip), [wanted.tokens])
        (whole,) = model.log_probabilities(model.encode(clip, whole=True), [wanted.tokens])
        assert short == pytest.approx(whole, abs=0.1)


def test_word_times_are_whispers_own(
    model: WhisperModel, clips: list[np.ndarray], theirs: list[whisper.DecodingResult]
) -> None:
    encoded = together([model.encode(clip, whole=True) for clip in clips])
    seconds = [len(clip) / SAMPLE_RATE for clip in clips]
    own = model.words(encoded, [result.tokens for result in theirs], seconds)
    wanted = find_alignment(model.model, model.tokenizer, theirs[0].tokens, _mel(clips[0]), len(clips[0]) // 160)
    spoken = [word for word in wanted if word.word.startswith(" ")]
    assert [word.text.strip(".,") for word in own[0]] == [word.word.strip() for word in spoken]
    assert [word.start for word in own[0]] == pytest.approx([word.start for word in spoken], abs=0.03)
    assert [word.end for word in own[0]] == pytest.approx([word.end for word in spoken], abs=0.03)


def test_a_cap_ends_a_decoding_and_says_so(model: WhisperModel, clips: list[np.ndarray]) -> None:
    both = together([model.encode(clips[0]), model.encode(clips[1])])
    short, long = model.decode(both, [3, 224])
    assert (len(short.tokens), short.capped, long.capped) == (3, True, False)
    assert long.text == model.decode(model.encode(clips[1]), [224])[0].text


def test_the_normaliser_is_whispers() -> None:
    assert normaliser(ENGLISH)("Mr. Smith can't pay twenty-five dollars.") == "mister smith can not pay $25"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ScorerUnavailable, match=r"no such Whisper model; wanted .* base\.en"):
        load("no-such-model")


def test_no_network_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise urllib.error.URLError("network is unreachable")

    monkeypatch.setattr(whisper, "load_model", unreachable)
    with pytest.raises(ScorerUnavailable, match=r"'base\.en' could not be downloaded .*unreachable.*tiny\.en"):
        load("base.en")


def test_weights_of_other_dimensions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.pt"
    dims = dict.fromkeys(("n_mels", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer"), 4)
    dims |= dict.fromkeys(("n_vocab", "n_text_ctx", "n_text_state", "n_text_head", "n_text_layer"), 4)
    torch.save({"dims": dims, "model_state_dict": {"decoder.ln.weight": torch.zeros(3)}}, path)
    with pytest.raises(WeightsInvalid, match="do not fit the dimensions") as caught:
        load(str(path))
    assert "\n" not in str(caught.value)
    torch.save({"dims": {"n_mels": 4}, "model_state_dict": {}}, path)
    with pytest.raises(WeightsInvalid, match="do not fit the dimensions"):
        load(str(path))


def test_a_sign_of_the_tokenizer_in_a_transcript_is_text_like_any_other(model: WhisperModel) -> None:
    tokens = model.tokens("My <|endoftext|> brother")
    assert model.tokenizer.eot not in tokens
    assert model.tokenizer.decode(tokens) == " My <|endoftext|> brother"


def test_what_no_file_holds_is_as_openai_whisper_sets_it(model: WhisperModel) -> None:
    place = checkpoint("tiny.en")
    assert isinstance(place, Path)
    dims, state = read_checkpoint(place)
    theirs = whisper.model.Whisper(whisper.model.ModelDimensions(**dims))
    theirs.load_state_dict(state)
    ours = dict(model.model.named_buffers()) | dict(model.model.named_parameters())
    for name, tensor in (dict(theirs.named_buffers()) | dict(theirs.named_parameters())).items():
        if name != "alignment_heads":  # of the bundled model they are known
            assert torch.equal(ours[name], tensor), name
