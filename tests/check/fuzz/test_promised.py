"""Which calls a codec promises to do rightly: all, but those whose laws it takes back."""

from types import SimpleNamespace

import pytest

from harness.check.fuzz.promised import CLONES, RESETS, SNAPSHOTS, promises
from harness.check.laws.table import LAWS
from harness.codecs.protocol import Side


def taking_back(*laws):
    return SimpleNamespace(promises_not=dict.fromkeys(laws, "why"))


def test_every_law_that_is_named_is_one():
    assert {*CLONES, *SNAPSHOTS, *(law for laws in RESETS.values() for law in laws)} <= LAWS.keys()
    assert set(RESETS) == set(Side)


@pytest.mark.parametrize("laws", [CLONES, SNAPSHOTS, *RESETS.values()])
def test_one_law_that_is_taken_back_takes_its_calls_with_it(laws):
    assert promises(taking_back(), laws)
    assert promises(taking_back("flush"), laws)
    for law in laws:
        assert not promises(taking_back(law), laws)


def test_a_reset_of_both_sides_needs_no_promise_that_one_leaves_the_other_alone():
    only_both = taking_back("reset-one-side")
    assert promises(only_both, RESETS[Side.BOTH])
    assert not promises(only_both, RESETS[Side.ENCODER])
    assert not promises(only_both, RESETS[Side.DECODER])
