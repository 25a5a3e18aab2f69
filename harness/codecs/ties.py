"""
Ties: codes that may differ although nothing is wrong.

A quantiser picks the nearest entry. Where two are equally near, the last bit of a sum decides, and sums are rounded
otherwise when the same frames are grouped into other calls. So a code that differs proves a fault only if the codec
was not undecided there, and that is measured: the same speech is encoded again and again with inaudible noise,
uniform and below the least significant bit of 24-bit audio, always in calls of one kind. A frame is tied if both turn
up among these runs: exactly the codes that were expected and exactly those that are in question.

Both, because a kind of calls that is wrong gives the same wrong codes in every run.

The laws of `harness.check` and the verdicts of a run use this one rule: where codes differ in ties alone, the PCM
is asked to be what these codes decode to, within the codec's declared tolerance, and no more.
"""

from collections.abc import Callable

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codec, CodecInfo, Codes, OfflineCodec, with_rest

NOISE = 2.0**-24  # full scale is 1; half the least significant bit of 24-bit audio
FEW = 0.05  # share of frames; where more differ, they are not ties, and asking would cost 16 runs
RUNS = 16  # a tie that falls either way half of the time is missed once in 32,768 times


def noisy(speech: Samples, run: int) -> Samples:
    """Return *speech* with inaudible noise, another one for each *run*."""
    noise = np.random.default_rng(run).uniform(-NOISE, NOISE, len(speech))
    return (speech.astype(np.float64) + noise).astype(np.float32)


def tied(expected: Codes, got: Codes, encode: Callable[[int], Codes]) -> list[int]:
    """
    Return the frames of *expected* and *got*, (K, F) both, that differ and are ties.

    encode : gives the codes (K, F) of the same frames in one of the noisy runs, 0 to RUNS - 1
    """
    asked = set(np.flatnonzero((expected != got).any(axis=0)).tolist())
    seen: dict[str, set[int]] = {"expected": set(), "got": set()}
    for run in range(RUNS):
        if asked <= seen["expected"] & seen["got"]:
            break
        again = encode(run)
        for name, codes in (("expected", expected), ("got", got)):
            seen[name] |= {frame for frame in asked if np.array_equal(again[:, frame], codes[:, frame])}
    return sorted(seen["expected"] & seen["got"])


def few_differ(info: CodecInfo, codes: tuple[Codes, Codes], pcm: Samples) -> bool:
    """
    Tell whether codes may differ in ties alone: a codec that declares rounding, and few frames that differ.

    codes : (K, F), of the reference run and of the run in question; pcm : of the latter
    """
    expected, got = codes
    if (
        not info.tolerance
        or info.continuous
        or expected.shape != got.shape
        or len(pcm) != got.shape[1] * info.frame_size
    ):
        return False
    return few(_differing(codes), got.shape[1])


def few(differing: int, frames: int) -> bool:
    """Tell whether so few of *frames* differ that they may be ties."""
    return 0 < differing <= max(1, FEW * frames)


def _differing(codes: tuple[Codes, Codes]) -> int:
    return int((codes[0] != codes[1]).any(axis=0).sum())


def only_ties(codec: Codec, speech: Samples, codes: tuple[Codes, Codes], pcm: Samples) -> bool | None:
    """
    Tell whether two runs on the same *speech* differ in ties alone; None if there is nothing to ask.

    codec : of the reference run; codes and pcm : as of `few_differ`, which says where nothing is asked
    """
    got, info = codes[1], codec.info
    if not few_differ(info, codes, pcm):
        return None
    instance = codec.open()
    parts = [instance.decode(got[:, frame : frame + 1].copy()) for frame in range(got.shape[1])]
    decoded = with_rest(parts, instance, info)
    if np.abs(decoded.astype(np.float64) - pcm).max() > info.tolerance:
        return False
    return all_tied(codec, speech, codes)


def all_tied(codec: Codec, speech: Samples, codes: tuple[Codes, Codes]) -> bool:
    """Tell whether every frame in which two runs on the same *speech* have other codes is a tie."""
    return len(tied(*codes, lambda run: plain_codes(codec, noisy(speech, run)))) == _differing(codes)


def plain_codes(codec: Codec, pcm: Samples) -> Codes:
    """Encode whole frames in the cheapest kind of calls: offline, or else frame by frame on a fresh instance."""
    if isinstance(codec, OfflineCodec):
        return np.asarray(codec.encode_offline(pcm))
    instance, size = codec.open(), codec.info.frame_size
    return np.concatenate([instance.encode(pcm[at : at + size].copy()) for at in range(0, len(pcm), size)], axis=1)
