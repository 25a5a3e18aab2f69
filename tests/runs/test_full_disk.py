"""The short form of the campaign of full disks: see `tests/campaign/full_disk.py`."""

import pytest
from campaign import full_disk


@pytest.mark.skipif(not full_disk.possible(), reason="no small file system can be mounted here")
def test_a_run_on_a_full_disk_ends_with_one_line_and_comes_back_whole(capsys):
    assert full_disk.campaign(2, named={"output": (40,), "store": (16,)}) == []
    assert "2 trials" in capsys.readouterr().out
