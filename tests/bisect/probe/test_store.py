"""What probes found outlives the search: what is certain for every search, what is likely for the same one alone."""

import pytest

from harness.bisect.probe.store import Figures, Probed, ProbeStore, Question
from harness.bisect.search import Judged, Observation
from harness.record import Measurement
from harness.runtime.store import Store

HERE, ELSEWHERE = Question("good", "good and bad"), Question("good", "good and another bad")
SURE, LIKELY = Observation(Judged.BAD, "why"), Observation(Judged.BAD, "why", sure=False)


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "store")
    yield made
    made.close()


def kept(store, observations):
    ProbeStore(store, HERE)["k"] = observations
    return [ProbeStore(store, question).get("k") for question in (HERE, ELSEWHERE)]


def test_what_is_certain_is_shared_by_searches_from_the_same_good_end(store):
    assert kept(store, (SURE,)) == [(SURE,), (SURE,)]
    assert ProbeStore(store, Question("another good", "good and bad ")).get("k") is None


def test_what_is_likely_is_known_to_the_same_search_alone(store):
    assert kept(store, (SURE, LIKELY)) == [(SURE, LIKELY), None]


def test_what_could_not_be_run_is_known_only_here_since_it_may_be_mended(store):
    observations = (SURE, Observation(Judged.SKIP, "it does not build"))
    here = ProbeStore(store, HERE)
    here["k"] = observations
    assert here["k"] == observations
    assert kept(store, observations) == [None, None]


def test_it_lists_what_this_search_asked_for(store):
    ProbeStore(store, HERE)["old"] = (SURE,)
    here = ProbeStore(store, HERE)
    assert (len(here), "old" in here, list(here)) == (0, True, ["old"])
    del here["old"]
    assert len(here) == 0
    with pytest.raises(KeyError):
        _ = here["none"]


def probed(utterance, **values):
    return Probed(utterance, {name: Measurement.of(value, "1") for name, value in values.items()}, SURE)


def test_figures_are_kept_when_they_are_complete(store):
    figures = Figures(store, HERE)
    figures["k"] = [probed("slt-04", stoi=0.5)]
    assert Figures(store, HERE)["k"] == []
    figures.keep("k")
    assert Figures(store, ELSEWHERE)["k"] == [probed("slt-04", stoi=0.5)]  # whatever the bad end is
    figures["none"] = []
    figures.keep("none")
    assert Figures(store, HERE)["none"] == []


def test_what_is_bit_for_bit_the_good_end_has_its_scores_and_no_other_does(store):
    figures = Figures(store, HERE)
    figures.remember_good_end("slt-04", probed("slt-04", stoi=0.9).measurements)
    figures.remember_good_end("slt-04", probed("slt-04", pesq_wb=3.0).measurements)
    figures["k"] = [probed("slt-04", pcm_equal=1.0), probed("rms-01", pcm_equal=1.0)]
    figures["other"] = [probed("slt-04", pcm_equal=0.0)]
    for found in (figures, Figures(store, HERE)):  # of this search, and of a later one
        found["k"] = figures["k"]
        assert found.shown("k") == [
            probed("slt-04", stoi=0.9, pesq_wb=3.0, pcm_equal=1.0),
            probed("rms-01", pcm_equal=1),
        ]
    assert figures.shown("other") == [probed("slt-04", pcm_equal=0.0)]
