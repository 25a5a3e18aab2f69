"""Of a run it is told what is replayed, and of a reference that is wrong by itself why it is not."""

import pytest
from report.sample import build

from harness.runs.explained_cells import suspects, wrong_alone


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"), kinds=("shared", "cross-talk"))


def with_reference(run, met):
    changed = tuple(
        setup.model_copy(update={"met": met, "reasons": ("polarity is inverted",)}) if setup.is_reference else setup
        for setup in run.setups
    )
    return run.model_copy(update={"setups": changed})


def test_a_reference_that_is_wrong_is_told_and_not_replayed(run):
    (said,) = wrong_alone(with_reference(run, met=False))
    assert said.startswith("mini/shared is ")
    assert "the reference that others are held against: polarity is inverted. There is nothing to replay it" in said
    assert not [name for name in suspects(with_reference(run, met=False)) if name.startswith("mini/shared/")]
    assert wrong_alone(with_reference(run, met=True)) == []
