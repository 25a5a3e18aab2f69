"""The short form of the campaign against the store: see `tests/campaign/store.py`."""

import pytest
from campaign.remote_store import campaign as remote_campaign
from campaign.store import campaign


def test_a_poisoned_store_changes_no_verdict_and_runs_nothing():
    assert campaign(4, seed=7) == []


@pytest.mark.slow
def test_a_poisoned_bucket_changes_no_verdict_either():
    assert remote_campaign(40, seed=7) == []
