"""Adapters that break their word in ways of their own: each is told with one clear finding."""

import numpy as np
import pytest
from planted import faults

from harness.check.card import check
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject


class Panics(faults.Sound):
    """Raises what is no Exception, as a panic in Rust does, instead of cloning."""

    def wrap(self, instance):
        class Panicking(faults.SoundInstance):
            def clone(self):
                raise Panic("index out of bounds")

        return Panicking(self, instance)


class Panic(BaseException):
    pass


class Mute(faults.Sound):
    """Refuses wrong input without a word."""

    def wrap(self, instance):
        class Silent(faults.SoundInstance):
            def encode(self, pcm):
                if not len(pcm) or len(pcm) % self.codec.info.frame_size:
                    raise AssertionError  # what an assert says where nothing rewrites it
                return self.inner.encode(pcm)

        return Silent(self, instance)


class Leaks(faults.Sound):
    """The noise of loud input is left in the output as infinity."""

    def wrap(self, instance):
        class Loud(faults.SoundInstance):
            def decode(self, codes):
                pcm = self.inner.decode(codes)
                return np.where(np.abs(pcm) > 0.98, np.float32(np.inf), pcm)

        return Loud(self, instance)


@pytest.mark.parametrize(
    ("codec", "law", "words"),
    [
        (Panics(), "clone-continues", "raised Panic: index out of bounds"),
        (Mute(), "honest-errors", "encode of no samples: raised AssertionError without a message"),
        (Leaks(), "finite-output", "decodes to NaN or infinite samples"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, faults.Sound) else None,
)
def test_a_bad_adapter_is_told(codec, law, words):
    finding = judge(law, subject(codec))
    assert finding.status is Status.BROKEN
    assert words in finding.observed


def test_a_panic_does_not_stop_the_other_laws():
    card = check(Panics(), "panics", {}, laws=["clone-continues", "counts"])
    assert [finding.status for finding in card.findings] == [Status.BROKEN, Status.HELD]


def test_an_interrupt_is_not_taken_for_a_finding(monkeypatch):
    under_test = subject(faults.Sound())

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(under_test, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judge("counts", under_test)
