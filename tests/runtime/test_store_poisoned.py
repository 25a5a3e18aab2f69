"""The short form of the campaign against the store: see `tests/campaign/store.py`."""

from campaign.store import campaign


def test_a_poisoned_store_changes_no_verdict_and_runs_nothing():
    assert campaign(4, seed=7) == []
