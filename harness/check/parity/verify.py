"""An implementation held to recorded vectors (`harness.check.parity.vectors`), without the reference that made them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.check.parity.agreement import Agreement, agreement
from harness.check.parity.comparing import compare
from harness.check.parity.pair import check_comparable
from harness.check.parity.playing import Array, CallAnswer, Player, Script
from harness.check.parity.vectors import Index, read_index, scripts
from harness.codecs.protocol import CodecInfo


@dataclass(frozen=True)
class Verified:
    """What one vector says of an implementation: *words* says where they part, or how far they agree."""

    name: str
    agreement: Agreement
    words: str


def verify(folder: Path, codec: Player, tolerance: float | None = None) -> Iterator[Verified]:
    """
    Play every vector of *folder* on *codec* and compare with what was recorded.

    tolerance : of PCM; None for the one in the index
    Raises `VectorsInvalid` for a folder that is not what was written, `UsageInvalid` for a codec of another shape.
    """
    index = read_index(folder)
    recorded = _info(index)
    check_comparable(recorded, codec.info)
    allowed = index.tolerance if tolerance is None else tolerance
    for vector, script, answers, noise in scripts(folder, index):
        compared = compare(script, answers, codec.play(script), recorded, allowed, _again(script, answers, noise))
        found, parting = agreement(compared, ())
        words = str(found) if parting is None else f"call {parting.call + 1}, {parting.words}"
        yield Verified(vector.name, found, words)


def _again(script: Script, answers: list[CallAnswer], noise: Array | None) -> Callable[[int], list[CallAnswer]]:
    """Return what gives the recorded answers with the codes of one of the noisy runs in their place."""

    def run(number: int) -> list[CallAnswer]:
        if noise is None:
            return answers
        left = noise[number]
        found = []
        for step, answer in zip(script, answers, strict=True):
            if step.verb == "encode" and not step.wrong and answer.output is not None:
                count = answer.output.shape[1]
                found.append(CallAnswer(np.asarray(left[:, :count])))
                left = left[:, count:]
            else:
                found.append(answer)
        return found

    return run


def _info(index: Index) -> CodecInfo:
    return CodecInfo(
        name=index.reference,
        sample_rate=index.sample_rate,
        frame_size=index.frame_size,
        codebooks=index.codebooks,
        bins=index.bins,
        delay=index.delay,
        stateful=True,
        tolerance=index.tolerance,
        context=None,
        fingerprint=index.fingerprint,
    )
