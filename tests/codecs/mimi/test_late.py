"""A stream of `mini` that is moved to a late position goes on as if it had been played that far."""

import json
import shutil

import numpy as np
import pytest

from harness.check.endurance.run import decoded, encoded
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.errors import CodecFailed
from harness.runtime.resources import fixture


def played(codec, under_test, frames):
    instance = codec.open()
    for number in range(frames):
        _step(instance, codec, under_test, number)
    return instance


def _step(instance, codec, under_test, number):
    piece = under_test.speech(number % under_test.plain_frames, number % under_test.plain_frames + 1)
    codes = encoded(instance, codec.info, piece, number)
    return codes, decoded(instance, codec.info, codes, number)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The embedded model with a ring of 10 frames."""
    folder = tmp_path_factory.mktemp("short-context")
    shutil.copytree(fixture("mini-mimi"), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("recipe"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"context": 10 * config["pack"]}))
    return load("mini", {"weights": str(folder)})


def test_where_it_was_moved_to_is_where_it_would_have_come(small):
    under_test = subject(small)
    moved = played(small, under_test, 48)
    assert moved.advance(48) == 50
    far = played(small, under_test, 48)
    assert far.advance(1) == 10
    for number in range(48, 58):
        codes, pcm = _step(moved, small, under_test, number)
        other_codes, other_pcm = _step(far, small, under_test, number)
        assert np.array_equal(codes, other_codes)
        assert np.abs(pcm - other_pcm).max() < small.info.tolerance


def test_its_positions_are_those_of_a_stream_that_was_played(small):
    under_test = subject(small)
    moved = played(small, under_test, 20)
    moved.advance(10)
    there = played(small, under_test, 30)
    ends = {name: value for name, value in moved.state().items() if name.endswith(("offset", "offsets", "offset_cpu"))}
    assert ends
    assert all(np.array_equal(there.state()[name], value) for name, value in ends.items())


def test_a_ring_that_is_not_full_is_not_moved(small):
    with pytest.raises(CodecFailed, match="has seen less than its context"):
        played(small, subject(small), 4).advance(100)


def test_positions_beyond_what_float32_counts_drift(small):
    under_test = subject(small)
    under_test.position = 1 << 26
    found = judge("endures", under_test)
    assert found.status is Status.BROKEN
    assert "drifts by" in found.observed or "breaks" in found.observed
    under_test.position = 4096
    assert judge("endures", under_test).status is Status.HELD
