"""The decoder over several clips gives each what it gives it alone, in one call or token by token."""

import pytest
import torch
from whisper.model import ModelDimensions, Whisper

from harness.metrics.whisper.stream import Encoded, Stream, heads, joined, together

WIDTH, HEADS, LAYERS = 16, 2, 2
TOKENS = torch.tensor([[3, 1, 4, 1, 5]])


@pytest.fixture(scope="module")
def model() -> Whisper:
    torch.manual_seed(0)
    sizes = ModelDimensions(
        n_mels=80, n_audio_ctx=12, n_audio_state=WIDTH, n_audio_head=HEADS, n_audio_layer=1, n_vocab=10,
        n_text_ctx=8, n_text_state=WIDTH, n_text_head=HEADS, n_text_layer=LAYERS,
    )  # fmt: skip
    made = Whisper(sizes).eval().requires_grad_(False)
    torch.nn.init.normal_(made.decoder.positional_embedding)
    return made


def audio(positions: int, seed: int) -> torch.Tensor:
    return torch.randn(1, positions, WIDTH, generator=torch.Generator().manual_seed(seed))


def clip(model: Whisper, heard: torch.Tensor) -> Encoded:
    parts = [block.cross_attn for block in model.decoder.blocks]
    cross = tuple((heads(part.key(heard), HEADS), heads(part.value(heard), HEADS)) for part in parts)
    return Encoded(cross, torch.zeros(1, 1, 1, heard.shape[1]))


def test_it_is_whispers_decoder(model: Whisper) -> None:
    heard = audio(7, 1)
    out = Stream(model, clip(model, heard)).step(TOKENS)
    ours = out @ model.decoder.token_embedding.weight.T
    torch.testing.assert_close(ours, model.decoder(TOKENS, heard), atol=1e-4, rtol=1e-4)


def test_token_by_token_it_says_the_same_as_in_one_call(model: Whisper) -> None:
    stream = Stream(model, clip(model, audio(7, 1)))
    first = stream.step(TOKENS[:, :2])
    rest = [stream.step(TOKENS[:, at : at + 1]) for at in range(2, 5)]
    assert stream.offset == 5
    whole = Stream(model, clip(model, audio(7, 1))).step(TOKENS)
    torch.testing.assert_close(torch.cat([first, *rest], dim=1), whole, atol=1e-5, rtol=1e-5)


def test_shorter_clips_in_a_batch_hear_nothing_of_the_padding_and_rows_can_be_left(model: Whisper) -> None:
    clips = [clip(model, audio(positions, positions)) for positions in (3, 9, 5)]
    batch = together(clips)
    assert batch.positions == 9
    stream = Stream(model, batch)
    alone = [Stream(model, one) for one in clips]
    given = TOKENS[:, :2]
    for ours, theirs in zip(stream.step(given.expand(3, 2)), (one.step(given)[0] for one in alone), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    stream.keep([2, 0])
    next_token = TOKENS[:, 2:3]
    ours = stream.step(next_token.expand(2, 1))
    torch.testing.assert_close(ours[0], alone[2].step(next_token)[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours[1], alone[0].step(next_token)[0], atol=1e-5, rtol=1e-5)
    assert [q.shape for q in stream.looked] == [(2, HEADS, 1, WIDTH // HEADS)] * LAYERS


def test_a_position_that_stands_for_several_weighs_as_much_as_they(model: Whisper) -> None:
    heard = audio(4, 1)
    whole = torch.cat([heard, heard[:, 3:].expand(1, 5, WIDTH)], dim=1)
    short = clip(model, heard)
    short.weight[0, 0, 0, 3] = torch.log(torch.tensor(6.0))
    ours, theirs = (Stream(model, one).step(TOKENS) for one in (short, clip(model, whole)))
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_heads_are_joined_as_they_were_parted() -> None:
    x = torch.arange(24.0).view(1, 3, 8)
    parted = heads(x, 4)
    assert parted.shape == (1, 4, 3, 2)
    assert torch.equal(parted[0, 1, 0], x[0, 0, 2:4])
    assert torch.equal(joined(parted), x)
