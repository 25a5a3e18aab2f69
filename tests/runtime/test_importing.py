"""What stays loaded is loaded without a look at garbage, and nothing else is changed by that."""

import gc
import importlib
import weakref
from pathlib import Path

import pytest
from planted.tasks import write_when_it_ends

from harness.runtime.importing import for_good
from harness.runtime.pool import IsolatedPool


def test_nothing_is_collected_in_the_block_nor_looked_through_after_it():
    before = gc.get_freeze_count()
    try:
        with for_good():
            assert not gc.isenabled()
            made = [[number] for number in range(2000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(made)
        assert not any(one is gc for one in gc.get_objects())
    finally:
        gc.unfreeze()


def test_who_collects_nothing_is_left_alone():
    gc.disable()
    try:
        with for_good():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()


def test_garbage_is_collected_again_after_an_import_that_failed():
    try:
        with pytest.raises(ModuleNotFoundError), for_good():
            importlib.import_module("no_such_module")
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_what_a_codec_asked_for_is_called_when_its_process_ends(tmp_path):
    with IsolatedPool(1) as pool:
        folder = pool.submit(write_when_it_ends, tmp_path / "called").result(60)
        assert not (tmp_path / "called").exists()
    assert (tmp_path / "called").read_text() == "with what it made still there"
    assert not Path(folder).exists()


def test_what_is_garbage_already_does_not_stay_for_good():
    class Holds:
        def __init__(self):
            self.me = self

    gc.disable()  # or it might be collected by chance
    try:
        held = weakref.ref(Holds())
        assert held() is not None
        with for_good():
            assert held() is None
    finally:
        gc.enable()
        gc.unfreeze()
