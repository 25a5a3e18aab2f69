"""EnCodec and DAC in `transformers`: every weight of the original has its place there; what does not fit is refused."""

import importlib.util
import warnings
from typing import Any

import numpy as np
import pytest

if not all(map(importlib.util.find_spec, ("transformers", "encodec", "dac"))):  # these may fail for want of torchaudio
    pytest.skip("needs transformers and the extras codec-harness[encodec,dac]", allow_module_level=True)

import torch
from random_weights.dac import SETTINGS

from harness.codecs.in_transformers import TransformersDac, TransformersEncodec
from harness.codecs.without_torchaudio import torchaudio_optional
from harness.errors import WeightsInvalid

with torchaudio_optional(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what DAC imports is years old
    from dac.model import DAC
    from encodec.model import EncodecModel

PCM = torch.from_numpy((0.1 * np.random.default_rng(2).standard_normal((1, 1, 20 * 320))).astype(np.float32))


@pytest.fixture(scope="module")
def encodec() -> Any:
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = EncodecModel.encodec_model_24khz(pretrained=False).eval().requires_grad_(False)
    for layer in model.quantizer.vq.layers:
        layer._codebook.embed.copy_(torch.randn(1024, 128))
        layer._codebook.inited.fill_(1)
    return model


def dac(**changes: Any) -> Any:
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return DAC(**(SETTINGS | changes)).eval().requires_grad_(False)


@pytest.mark.parametrize(("bandwidth", "codebooks"), [(1.5, 2), (6.0, 8), (24.0, 32)])
def test_encodec_sends_and_plays_the_same_at_every_bandwidth(encodec: Any, bandwidth: float, codebooks: int) -> None:
    encodec.set_target_bandwidth(bandwidth)
    ((codes, _),) = encodec.encode(PCM)
    other = TransformersEncodec(encodec, bandwidth)
    assert other.encode(PCM).shape == codes.shape == (1, codebooks, 20)
    assert torch.equal(other.encode(PCM), codes)
    assert torch.equal(other.decode(codes), encodec.decode([(codes, None)]))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"encoder_rates": [2, 2], "decoder_rates": [2, 2], "decoder_dim": 32},  # fewer blocks: names move
        {"encoder_rates": [2, 4, 4, 2, 2], "decoder_rates": [2, 2, 4, 4, 2], "n_codebooks": 3},
    ],
)
def test_dac_of_any_geometry_has_its_weights_at_their_places(changes: dict[str, Any]) -> None:
    original = dac(**changes)
    pcm = PCM[..., : 8 * original.hop_length]
    _, codes, *_ = original.encode(pcm, 3)
    latents, *_ = original.quantizer.from_codes(codes)
    heard = original.decode(latents)
    other = TransformersDac(dac(**changes), 3)
    assert codes.shape[1] == 3
    assert torch.equal(other.encode(pcm), codes)
    torch.testing.assert_close(other.decode(codes), heard, rtol=0, atol=1e-6)


def test_weights_of_another_shape_are_refused_in_one_line(encodec: Any) -> None:
    class Other:
        def state_dict(self) -> dict[str, torch.Tensor]:
            return {name: tensor for name, tensor in encodec.state_dict().items() if "lstm" not in name}

    with pytest.raises(WeightsInvalid, match="the weights do not fit the model of transformers") as caught:
        TransformersEncodec(Other(), 6.0)
    assert "\n" not in str(caught.value)
    upside_down = dac(decoder_rates=[2, 4, 5, 8])
    with pytest.raises(WeightsInvalid, match="do not fit"):
        TransformersDac(upside_down, 3)
