"""
Models that guess how listeners would rate a sound, without its reference: DNSMOS and PLCMOS.

They are metrics as a suite's own are (`harness.metrics.own`), for a suite to name:

    [scores.own.dnsmos]
    function = "harness.metrics.mos_models:dnsmos"
    better = "higher"
    tolerance = 0.2
    rate = 16000

Conventions
-----------
Signals are float32, shape (T,), at 16 000 Hz; only the degraded one is listened to. Results are mean opinion scores,
1 to 5, higher is better. What they do not hear is measured in `docs/more-ears.md`: other words, clearly said, are as
good to them, and so is another level or polarity.

Source
------
Reddy et al. 2022, "DNSMOS P.835"; Diener et al. 2023, "PLCMOS"; both through the package `speechmos`, which brings its
weights (MIT).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.errors import MetricUndefined, MissingExtra

SAMPLE_RATE = 16_000  # Hz, of both models
SEED = 0  # the same signal scores the same; another seed moved PLCMOS by 0.014


def dnsmos(reference: Samples, degraded: Samples, sample_rate: int) -> float:
    """Return the overall quality of DNSMOS P.835; raise `MetricUndefined` for silence or another rate."""
    del reference
    return _run("dnsmos", "ovrl_mos", degraded, sample_rate)


def plcmos(reference: Samples, degraded: Samples, sample_rate: int) -> float:
    """Return PLCMOS version 2, which is about concealed losses; raise `MetricUndefined` for silence or another rate."""
    del reference
    return _run("plcmos", "plcmos", degraded, sample_rate)


def _run(model: str, score: str, samples: Samples, sample_rate: int) -> float:
    if sample_rate != SAMPLE_RATE:
        raise MetricUndefined(f"{model}: got {sample_rate} Hz, wanted rate = {SAMPLE_RATE} in its table of the suite")
    if not samples.any():
        raise MetricUndefined(f"{model}: the output is silent")
    run, before = _model(model), np.random.get_state()  # PLCMOS draws from NumPy's own
    np.random.seed(SEED)
    try:
        found: dict[str, Any] = run(np.clip(samples, -1.0, 1.0), SAMPLE_RATE)
    finally:
        np.random.set_state(before)
    return float(found[score])


def _model(name: str) -> Callable[..., Any]:
    try:
        import speechmos.dnsmos
        import speechmos.plcmos
    except ImportError as error:
        raise MissingExtra(f"{name} is not installed ({error}); pip install 'codec-harness[mos]'") from None
    run: Callable[..., Any] = getattr(speechmos, name).run
    return run
