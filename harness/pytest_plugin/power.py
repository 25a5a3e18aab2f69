"""Whether a suite still notices what it was accepted to notice (`--codec-sensitivity`)."""

from typing import TYPE_CHECKING

from harness.pytest_plugin.plugin import STATE
from harness.sensitivity import accepted as kept
from harness.sensitivity.request import Request, baseline_of, sensitivity

if TYPE_CHECKING:
    from harness.pytest_plugin.items import SensitivityItem


def judge(item: "SensitivityItem") -> str:
    """Return in which ways the suite of *item* notices less than was accepted; empty if in none."""
    state, option = item.config.stash[STATE], item.config.option
    suite = item.file().suite.selected(limit=option.codec_limit)
    path = kept.place(state.baselines, suite.name)
    gates = baseline_of(state.baselines, suite)
    record = sensitivity(
        Request(
            suite,
            minutes=option.codec_sensitivity,
            jobs=state.jobs,
            explain=False,
            laws=False,
            baseline=gates,
            only_scored=True,
        )
    )
    if option.codec_update:
        kept.accept(record, path)
        return ""
    before = kept.read(path)
    if before is None:
        return f"nothing was accepted yet ({path} does not exist); accept what is noticed with --codec-update"
    return "\n".join(kept.fallen(record, before))
