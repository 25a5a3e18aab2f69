"""Where laws are checked: in this process, or (`harness.conformance.isolated`) in one that may die."""

from collections.abc import Mapping
from typing import Protocol

from harness.codec import CodecInfo
from harness.conformance.basics import plain_stream
from harness.conformance.finding import Finding
from harness.conformance.laws import judge
from harness.conformance.subject import Subject


class Bench(Protocol):
    """A codec that lies ready for the laws."""

    @property
    def info(self) -> CodecInfo:
        """What the codec declares."""

    @property
    def promises_not(self) -> Mapping[str, str]:
        """The laws that the codec declares not to promise, with its reasons."""

    def obstacle(self) -> str | None:
        """Return why a plain stream fails, so that nothing else can be asked; None if it works."""

    def judge(self, law: str) -> Finding:
        """Check one law, whatever it takes."""


class Here:
    """A bench in this process."""

    def __init__(self, under_test: Subject) -> None:
        self._subject = under_test
        self.info = under_test.info
        self.promises_not = under_test.promises_not

    def obstacle(self) -> str | None:
        """See `Bench.obstacle`."""
        return plain_stream(self._subject)

    def judge(self, law: str) -> Finding:
        """See `Bench.judge`."""
        return judge(law, self._subject)
