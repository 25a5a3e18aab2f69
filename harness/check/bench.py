"""Where laws are checked: in this process, or (`harness.check.isolated`) in one that may die."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from harness.check.finding import LawFinding
from harness.check.laws.basics import plain_stream
from harness.check.laws.repeating import RepeatedSpeech, Wavering
from harness.check.laws.table import judge
from harness.check.subject import Subject
from harness.codecs.protocol import CodecInfo


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

    def unlike_at_first(self) -> str | None:
        """
        Say which of the first instances of a process gave something else than the next one; None if none is known to.

        The reference uses one side of each of its instances, so what the other sides give is not seen there.
        """

    def remembered(self) -> str | None:
        """Say that fresh instances give what others once gave for equal input; None if they do not, or none can say."""

    @property
    def covered(self) -> str:
        """How much of a stream the laws see, in words."""

    def judge(self, law: str) -> LawFinding:
        """Check one law, whatever it takes."""

    def wavering(self) -> Wavering | None:
        """
        Tell, by fresh processes, how a codec is not the same twice; None if that cannot be told here.

        If there is a remedy, the laws that follow are checked after it.
        """


class Here:
    """A bench in this process."""

    def __init__(self, under_test: Subject) -> None:
        self._subject = under_test
        self.info = under_test.info
        self.promises_not = under_test.promises_not
        self.covered = under_test.covered

    def obstacle(self) -> str | None:
        """See `Bench.obstacle`."""
        return plain_stream(self._subject)

    def unlike_at_first(self) -> str | None:
        """See `Bench.unlike_at_first`; the process here is not fresh."""
        return None

    def remembered(self) -> str | None:
        """See `Bench.remembered`; it takes processes that are fresh."""
        return None

    def judge(self, law: str) -> LawFinding:
        """See `Bench.judge`."""
        return judge(law, self._subject)

    def digests(self, streams: Sequence[str]) -> list[str]:
        """Run the streams named on instances one after another; return a digest of what each gave."""
        return [self._subject.digest(stream) for stream in streams]

    def heard(self, before: Sequence[str], *, behind_its_half: bool) -> RepeatedSpeech:
        """Run the streams of *before*, then the other speech as `Subject.heard` does."""
        self.digests(before)
        return self._subject.heard(behind_its_half=behind_its_half)

    def heard_at_first(self) -> RepeatedSpeech:
        """See `Subject.heard_at_first`."""
        return self._subject.heard_at_first()

    def wavering(self) -> Wavering | None:
        """See `Bench.wavering`; there is one process here, and it is not fresh."""
        return None
