"""Each kind of call that does something else does it when it says, and nothing else."""

from typing import Any

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.sensitivity.planted import KINDS, PlantedCodec, PlantedInstance

SIZE, FRAMES = 320, 9
PCM = (0.3 * np.sin(np.arange(FRAMES * SIZE) / 5) * np.linspace(1, 0.2, FRAMES * SIZE)).astype(np.float32)
PLACE = {"at": 0.1, "seconds": 0.18, "seed": 1, "level": 0.1, "peak": 0.3, "rate": 16_000, "frame_size": SIZE}


def codec(fault: str, size: float, of: str = "opus") -> PlantedCodec:
    return PlantedCodec(of, {}, fault, size, PLACE)


def sent(instance: Any, first: int = 0, last: int = FRAMES) -> list[bytes]:
    return [instance.encode(PCM[at * SIZE : (at + 1) * SIZE].copy()).tobytes() for at in range(first, last)]


def heard(instance: Any, codes: np.ndarray, first: int = 0, last: int = FRAMES) -> list[bytes]:
    return [instance.decode(codes[:, at : at + 1].copy()).tobytes() for at in range(first, last)]


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    return load("opus", {}).open().encode(PCM)


def with_resets(side: Side, frames: set[int], codes: np.ndarray) -> list[bytes]:
    """Return what opus gives frame by frame, reset before some *frames*."""
    instance, found = load("opus", {}).open(), []
    for at in range(FRAMES):
        if at in frames:
            instance.reset(side)
        found += sent(instance, at, at + 1) if side is Side.ENCODER else heard(instance, codes, at, at + 1)
    return found


@pytest.mark.parametrize(("size", "frames"), [(4.0, {4, 8}), (8.0, {8}), (9.0, set()), (1.0, set(range(1, 9)))])
def test_resets_come_every_so_many_frames_and_not_at_the_beginning(
    size: float, frames: set[int], codes: np.ndarray
) -> None:
    assert sent(codec("encoder-resets", size).open()) == with_resets(Side.ENCODER, frames, codes)
    assert heard(codec("decoder-resets", size).open(), codes) == with_resets(Side.DECODER, frames, codes)


def test_decoding_disturbs_the_encoder_beside_it_and_not_itself(codes: np.ndarray) -> None:
    instance, found = codec("decode-resets-encoder", 4.0).open(), []
    for at in range(FRAMES):
        found += sent(instance, at, at + 1)
        assert heard(instance, codes, at, at + 1) == with_resets(Side.DECODER, set(), codes)[at : at + 1]
    assert found == with_resets(Side.ENCODER, {5}, codes)


def test_a_decoder_goes_back_once_at_its_place(codes: np.ndarray) -> None:
    plain = load("opus", {}).open()
    expected = heard(plain, codes, 0, 3)
    old = plain.clone()
    expected += heard(plain, codes, 3, 5) + heard(old, codes, 5, FRAMES)
    assert heard(codec("decoder-rewinds", 2.0).open(), codes) == expected  # the place is in frame 5


@pytest.mark.parametrize("side", [Side.ENCODER, Side.DECODER])
def test_a_reset_that_forgets_a_side_resets_the_other(side: Side, codes: np.ndarray) -> None:
    other = Side.DECODER if side is Side.ENCODER else Side.ENCODER
    for asked in (side, other, Side.BOTH):
        instance = codec(f"forgets-{side}-reset", 1.0).open()
        sent(instance)
        heard(instance, codes)
        before = instance.inner.state()
        instance.reset(asked)
        changed = {
            name.partition("/")[0] for name, value in instance.inner.state().items() if (value != before[name]).any()
        }
        assert changed == (set() if asked is side else {str(other)})


def test_a_clone_that_is_none_goes_on_with_its_source(codes: np.ndarray) -> None:
    first = codec("shares-with-clone", 1.0).open()
    second = first.clone()
    mixed = [*heard(first, codes, 0, 2), *heard(second, codes, 2, 4), *heard(first, codes, 4, FRAMES)]
    assert mixed == heard(load("opus", {}).open(), codes)


def test_instances_share_a_decoder_as_long_as_the_first_lives_and_encode_alone(codes: np.ndarray) -> None:
    made = codec("shared-state", 1.0)
    first, second = made.open(), made.open()
    sent(first, 0, 3)
    assert sent(second) == sent(load("opus", {}).open())
    mixed = [*heard(first, codes, 0, 3), *heard(second, codes, 3, FRAMES)]
    assert mixed == heard(load("opus", {}).open(), codes)
    del first, second
    assert heard(made.open(), codes) == heard(load("opus", {}).open(), codes)


def test_one_buffer_is_written_over_and_a_race_gives_what_was_before(codes: np.ndarray) -> None:
    instance = codec("same-buffer", 1.0).open()
    first = instance.decode(codes[:, :1])
    kept = first.copy()
    second = instance.decode(codes[:, 1:2])
    assert first is second
    assert not np.array_equal(first, kept)
    plain = heard(load("opus", {}).open(), codes)
    raced = heard(codec("raced-calls", 4.0).open(), codes)
    assert raced == [plain[at - 1 if at in (4, 8) else at] for at in range(FRAMES)]


def test_what_is_declared_tells_fault_size_and_place() -> None:
    prints = {
        PlantedCodec("opus", {}, fault, size, PLACE | {"at": at}).info.fingerprint
        for fault, size, at in (
            ("encoder-resets", 4.0, 0.1), ("decoder-resets", 4.0, 0.1), ("encoder-resets", 5.0, 0.1),
            ("encoder-resets", 4.0, 0.2), ("encoder-resets", 4.0, 0.1),
        )
    }  # fmt: skip
    assert len(prints) == 4
    instance = codec("encoder-resets", 4.0).open()
    sent(instance, 0, 3)
    assert int(instance.state()["encoder/planted"][0]) == 3
    assert all(issubclass(kind, PlantedInstance) for kind in KINDS.values())
