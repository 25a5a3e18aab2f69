"""What inaudible variants make of the good end, and setups held against it."""

import pytest

from harness.bisect.probe.asking import Plan
from harness.bisect.probe.beside_good import GOOD, BesideGood
from harness.bisect.probe.criterion import parse
from harness.bisect.searches import inquiry
from harness.codecs.spec import CodecSpec
from harness.metrics.metric import Depth
from harness.record import value
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.runs.scoring import Scorer
from harness.topology.setup import Case, Configuration
from harness.verdict import OverVariants

SCORES = ScoresTable(asr=False, pesq=False, stoi=False)
CONDITIONS = Conditions(speech=SpeechTable(utterances=("rms-01",)), scores=SCORES)


def configured(adapter="pcm", **options):
    return Configuration(codec=CodecSpec(name="c", adapter=adapter, options=options))


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(tmp_path_factory.mktemp("store")))
        with inquiry(CONDITIONS, parse("not-identical"), Plan(jobs=1)) as found:
            yield found


@pytest.fixture
def spoken(asked):
    prober = asked.prober(configured(), configured())
    return prober._speech["rms-01"]


def beside(asked, good):
    workers = asked.traces.workers
    return BesideGood(good, asked.traces, Scorer(workers.pool, workers.store, SCORES))


def test_a_setup_is_measured_against_the_good_end(asked, spoken):
    bad = configured("planted.ruled:Ruled", bad="a", a=1)
    held = beside(asked, configured("planted.ruled:Ruled", bad="a"))
    made = {name: asked.traces.ask(Case(point, *spoken)).result() for name, point in ((GOOD, held.good), ("bad", bad))}
    measuring = held.measuring([held.setup("bad", bad)], made, spoken)
    measuring.measure(Depth.SIGNAL)
    snr = value(measuring.measured("bad"), "snr_db")
    assert snr is not None
    assert snr < 20
    assert value(measuring.measured(GOOD), "first_diverging_frame") is None


def test_variants_are_asked_once_of_an_utterance_and_widen_what_is_normal(asked, spoken):
    held = beside(asked, configured("opus"))
    found = held.variants(spoken, 2)
    assert not found.broken
    assert any(low < high for low, high in found.ranges.values())
    assert held.variants(spoken, 2) is found


@pytest.mark.parametrize("how", ["nan", "dies"])
def test_a_good_end_that_fails_has_no_variants(asked, spoken, how):
    assert beside(asked, configured("planted.breaking:Breaks", how=how)).variants(spoken, 2) == OverVariants({})
