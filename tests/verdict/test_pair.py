from verdict.measured import CLEAN, measured

from harness.metrics.catalogue import METRICS
from harness.record import Verdict
from harness.verdict import Tolerances, judge_pair

BITS = ("codes_equal", "pcm_equal", "pcm_equivalent", "snr_db", "max_abs_difference")
ITSELF = {row.name: row.itself for row in METRICS.values() if row.itself is not None}
ALIKE = dict.fromkeys(BITS) | ITSELF | {"transcript_logp_floor": CLEAN["transcript_logp"], "wer_floor": 1 / 12}


def verdict(against=None, **changes):
    return judge_pair(measured(**(ALIKE | changes)), Tolerances(), against)


def test_a_pair_is_held_against_what_the_reference_scores_against_itself():
    assert verdict(pcm_equal=1.0).verdict is Verdict.IDENTICAL
    assert verdict().verdict is Verdict.ALTERED
    assert verdict(pesq_wb=1.67).reasons == ("PESQ-WB 1.67 instead of 4.64",)
    assert verdict(dropout_ms=300.0).verdict is Verdict.DEGRADED
    assert verdict(band_change_db=13.0, band_change_hz=2000.0).verdict is Verdict.DEGRADED
    assert verdict(word_errors=6.0, transcript_logp=-1.4).verdict is Verdict.CORRUPT


def test_lossy_output_can_be_held_against_the_plain_use_of_its_codec():
    plain = measured(**(ALIKE | {"pesq_wb": 2.4, "pesq_nb": 3.0, "stoi": 0.95}))
    assert verdict(pesq_wb=2.35, pesq_nb=3.0, stoi=0.95).verdict is Verdict.DEGRADED
    assert verdict(plain, pesq_wb=2.35, pesq_nb=3.0, stoi=0.95).verdict is Verdict.ALTERED
    assert verdict(plain, pesq_wb=1.6, pesq_nb=3.0, stoi=0.95).verdict is Verdict.DEGRADED
