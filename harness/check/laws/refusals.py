"""The law of honest errors: what a codec cannot process, it refuses, and says why."""

from collections.abc import Callable

import numpy as np

from harness.check.finding import Violation
from harness.check.subject import Subject
from harness.codecs.protocol import Instance


def honest(subject: Subject) -> Violation | None:
    """Check that empty, partial and out-of-range input is refused with a message, on a fresh instance each."""
    complaints = []
    for name, call in _wrong_calls(subject).items():
        instance = subject.open()
        try:
            returned = call(instance)
        except Exception as error:  # noqa: BLE001 - any exception is a refusal
            if not str(error).strip():
                complaints.append(f"{name}: raised {type(error).__name__} without a message")
        else:
            complaints.append(f"{name}: no error, returned {_described(returned)}")
    return Violation("; ".join(complaints)) if complaints else None


def _wrong_calls(subject: Subject) -> dict[str, Callable[[Instance], object]]:
    codebooks, bins = subject.info.codebooks, subject.info.bins
    over = subject.codes[:, :1].copy()
    over[0, 0] = bins
    under = subject.codes[:, :1].copy()
    under[-1, 0] = -2  # -1 means lost, which a codec may conceal
    return {
        "encode of no samples": lambda instance: instance.encode(np.zeros(0, dtype=np.float32)),
        "encode of a frame less one sample": lambda instance: instance.encode(subject.speech(0, 1)[:-1]),
        "encode of a frame and one sample": lambda instance: instance.encode(
            subject.speech(0, 2)[: subject.info.frame_size + 1]
        ),
        "decode of no frames": lambda instance: instance.decode(np.zeros((codebooks, 0), dtype=np.int64)),
        f"decode of code {bins} of {bins} bins": lambda instance: instance.decode(over),
        "decode of code -2": lambda instance: instance.decode(under),
        f"decode of {codebooks + 1} codebooks": lambda instance: instance.decode(
            np.zeros((codebooks + 1, 1), dtype=np.int64)
        ),
    }


def _described(returned: object) -> str:
    array = np.asarray(returned)
    return "nothing" if returned is None else f"{array.dtype} {array.shape}"
