"""What a stream leaves whose client vanishes, and a place that is lost with it, are told; a late end is no fault."""

import pytest
from loopback import serving
from planted.ends import Rows

from harness.check.finding import Status
from harness.check.laws import vanishing
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load


def found(codec):
    return judge("abort", subject(codec, frames=24, longest=2.0))


@pytest.mark.parametrize("scheme", ["tcp", "ws"])
def test_a_server_that_gives_places_back_keeps_the_law(scheme):
    with serving("opus", scheme=scheme) as url:
        assert found(load("server", {"url": url})).status is Status.HELD


def test_a_codec_without_connections_is_not_asked():
    assert found(load("opus", {})).status is Status.NOT_APPLICABLE


def test_a_place_may_be_free_a_little_later():
    assert found(Rows(places=2, fault="slow-abort")).status is Status.HELD


@pytest.mark.parametrize("places", [1, 4, 12])
def test_what_a_vanished_stream_leaves_is_told(places):
    finding = found(Rows(places=places, fault="dirty-abort"))
    assert finding.status is Status.BROKEN
    assert "codes of a stream after" in finding.observed
    assert "others have vanished differ from frame 0 on" in finding.observed


@pytest.mark.parametrize("places", [1, 4, 10])
def test_a_place_that_a_vanished_stream_keeps_is_told(places, monkeypatch):
    monkeypatch.setattr(vanishing, "PATIENCE", 0.2)
    finding = found(Rows(places=places, fault="lost-abort"))
    assert finding.status is Status.BROKEN
    assert f"where there was for {min(4, places)}: open raised RuntimeError: no row is free" in finding.observed


def test_as_many_streams_vanish_as_there_are_declared_places(monkeypatch):
    monkeypatch.setattr(vanishing, "PATIENCE", 0.2)
    for fault in ("lost-abort", "dirty-abort"):
        assert found(Rows(places=30, fault=fault, declares=True)).status is Status.BROKEN
    assert found(Rows(places=30, declares=True)).status is Status.HELD


def test_what_a_closed_stream_leaves_is_not_said_of_one_that_vanishes():
    finding = found(Rows(places=4, fault="dirty-close"))
    assert finding.status is Status.BROKEN
    assert "vanished" not in finding.observed


def test_a_place_that_is_lost_only_with_a_stream_that_decoded_and_nothing_else_is_told(monkeypatch):
    monkeypatch.setattr(vanishing, "PATIENCE", 0.2)
    finding = found(Rows(places=6, fault="lost-decoding"))
    assert finding.status is Status.BROKEN
    assert "after 4 streams that had decoded have vanished there is room for 2 at once" in finding.observed
