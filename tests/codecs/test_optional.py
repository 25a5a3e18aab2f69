"""What an adapter may offer beyond the protocol is told by what it has, and by nothing else."""

import inspect
from typing import Any

import pytest

from harness.codecs import optional
from harness.codecs.loading import load
from harness.codecs.optional import Aborts, Closes, DeclaresExemptions, ThreadSafe

OFFERED: dict[str, set[str]] = {  # what a codec or an instance of it has to have
    "DeclaresExemptions": {"promises_not"},
    "Snapshots": {"snapshot", "restore"},
    "Closes": {"close"},
    "Aborts": {"close", "abort"},
    "Limited": {"capacity"},
    "ThreadSafe": {"thread_safe"},
    "Connects": {"connection"},
    "BatchCodec": {"open_batch"},
    "SlotCodec": {"open_slots"},
    "ShallowClone": {"alias"},
    "PartialReset": {"reset_sparing"},
    "Threaded": {"with_threads"},
    "HasDtypes": {"narrower", "with_dtype"},
    "HasNetwork": {"network"},
    "Advances": {"advance"},
    "HasLiveState": {"live_state"},
}


def having(*names: str) -> Any:
    return type("Adapter", (), dict.fromkeys(names, 1))()


def checkable() -> dict[str, Any]:
    found = inspect.getmembers(optional, lambda one: inspect.isclass(one) and one.__module__ == optional.__name__)
    return {name: one for name, one in found if getattr(one, "_is_runtime_protocol", False)}


def test_each_that_can_be_asked_for_stands_above() -> None:
    assert checkable().keys() == OFFERED.keys()


@pytest.mark.parametrize("name", OFFERED)
def test_it_takes_all_of_its_names_and_plain_attributes_will_do(name: str) -> None:
    protocol, needed = checkable()[name], OFFERED[name]
    assert isinstance(having(*needed), protocol)
    for left_out in needed:
        assert not isinstance(having(*(needed - {left_out})), protocol)
    others = set().union(*OFFERED.values()) - needed
    assert not isinstance(having(*others), protocol)


def test_who_can_only_close_cannot_vanish() -> None:
    assert isinstance(having("close"), Closes)
    assert not isinstance(having("close"), Aborts)


@pytest.mark.parametrize("adapter", ["pcm", "opus"])
def test_what_built_in_codecs_declare_is_of_the_form_that_is_asked_for(adapter: str) -> None:
    codec: Any = load(adapter, {})
    if isinstance(codec, DeclaresExemptions):
        assert all(isinstance(law, str) and reason for law, reason in codec.promises_not.items())
    if isinstance(codec, ThreadSafe):
        assert codec.thread_safe is True
