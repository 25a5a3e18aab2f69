"""A codec as any process finds it: equal however its options are ordered, and loaded with just these."""

import pickle

import pytest

from harness.check.implementation import Implementation
from harness.errors import HarnessError


def test_the_order_of_options_makes_no_other_one_so_that_what_is_kept_is_found():
    one = Implementation.of("pcm", {"frame_ms": 10, "sample_rate": 8000})
    assert one == Implementation.of("pcm", {"sample_rate": 8000, "frame_ms": 10})
    assert one != Implementation.of("pcm", {"frame_ms": 10})
    assert hash(one) == hash(pickle.loads(pickle.dumps(one)))  # noqa: S301


def test_options_come_back_as_they_were_given():
    given = {"text": "é\n\x1b", "list": [1, 2.5, None], "deep": {"b": True}}
    assert Implementation.of("x", given).given() == given
    assert Implementation.of("x", {}).given() == {}


def test_it_is_loaded_with_these_options():
    info = Implementation.of("pcm", {"frame_ms": 10, "sample_rate": 8000}).load().info
    assert (info.sample_rate, info.frame_size) == (8000, 80)


@pytest.mark.parametrize(("adapter", "options"), [("nope", {}), ("pcm", {"x": 1}), ("no.module:Class", {}), ("", {})])
def test_what_cannot_be_loaded_says_why(adapter, options):
    with pytest.raises(HarnessError, match="codec adapter"):
        Implementation.of(adapter, options).load()
