"""A codec without a quantiser: the small Mimi up to where its quantiser would begin, and from there on."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.loading import load


class Latents:
    """Latents float32 (D, F) of *mini*, with a *fault*; *alone* leaves the decoder."""

    mini: Any  # with calls that not every codec has

    def __init__(self, fault="none", alone=False):
        self.mini, self.fault = load("mini", {}), fault
        self.info = replace(
            self.mini.info,
            name="mini-latents",
            codebooks=self.mini.open().network.dimension,
            bins=0,
            latent_tolerance=3e-4,  # ten times the most that was seen between ways to cut a stream into calls
            gain_db=3.8,  # what its quantiser takes away
            encodes=not alone,
            fingerprint=f"{self.mini.info.fingerprint}:latents:{fault}",
        )

    def open(self):
        return (Decoding if not self.info.encodes else Both)(self.mini.open(), self.info, self.fault)


class Decoding:
    def __init__(self, inner, info, fault):
        self.inner, self.info, self.fault = inner, info, fault

    @torch.no_grad()
    def decode(self, latents):
        whole_codes(latents, self.info)
        network = self.inner.network
        state = network._streaming_state
        embedding = network._to_encoder_framerate(torch.from_numpy(np.ascontiguousarray(latents))[None])
        (embedding,) = state.graphed_tr_dec(embedding)
        return state.graphed_decoder(embedding)[0, 0].numpy().copy()

    def reset(self, side):
        if self.fault != "not-reset":
            self.inner.reset(side)

    def clone(self):
        return type(self)(self.inner.clone(), self.info, self.fault)

    def state(self):
        return self.inner.state()


class Both(Decoding):
    @torch.no_grad()
    def encode(self, pcm):
        whole_frames(pcm, self.info)
        given = torch.from_numpy(pcm)[None, None]
        latents = self.inner.network.encode_to_latent(given, quantize=False)[0].numpy().copy()
        if self.fault == "narrow-calls" and latents.shape[1] > 1:  # as a path for long calls in narrow numbers
            latents = latents.astype(np.float16).astype(np.float32)
        return latents
