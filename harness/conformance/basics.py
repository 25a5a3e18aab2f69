"""Laws of a single plain stream: determinism, counts, delay, finite values, whose memory is whose."""

import numpy as np

from harness.audio import Samples
from harness.codec import LOST
from harness.conformance.finding import NotApplicable, Trouble, codes_trouble, pcm_trouble
from harness.conformance.subject import Subject
from harness.delay import CONFIDENT, by_waveform
from harness.errors import CodecFailed
from harness.record import Measurement

DELAY_TOLERANCE = 0.001  # s; STOI and echo sums are hurt by less than this
DELAY_SPEECH = 1.6  # s


def deterministic(subject: Subject) -> Trouble | None:
    """Check that two fresh instances give equal output for equal input."""
    codes = subject.encode(subject.open(), 0, subject.frames)
    if trouble := subject.codes_off(codes, "a second run"):
        return trouble
    return subject.pcm_off(subject.decode(subject.open(), 0, subject.frames), "a second run")


def counts(subject: Subject) -> Trouble | None:
    """Check that n frames of samples give (K, n) codes and these give n frames of samples, for several n."""
    for chunk in (1, 2, 5):
        subject.encode(subject.open(), 0, chunk, chunk)  # raises unless the counts are right
        subject.decode(subject.open(), 0, chunk, chunk)
    size = subject.info.frame_size
    smaller = [part for part in (2, 3, 5) if size % part == 0]
    for part in smaller[:1]:
        taken = _taken(subject, size // part)
        if taken is not None:
            return Trouble(
                f"declares frames of {size} samples, but {size // part} samples gave {taken} frame(s) of codes"
            )
    return None


def _taken(subject: Subject, samples: int) -> int | None:
    """Return how many frames a call with fewer samples than a frame gives; None if it is refused or gives none."""
    try:
        codes = np.asarray(subject.open().encode(subject.speech(0, 1)[:samples]))
    except Exception:  # noqa: BLE001 - refusing is right, and how it is said is another law
        return None
    return codes.shape[-1] if codes.ndim == 2 and codes.shape[-1] else None


def delay(subject: Subject) -> Trouble | None:
    """Check that decoded speech lags its input by the declared number of samples, within a millisecond."""
    info = subject.info
    frames = min(subject.plain_frames, max(1, round(DELAY_SPEECH * info.sample_rate / info.frame_size)))
    spoken = subject.speech(0, frames).astype(np.float64)
    heard = subject.pcm[: len(spoken)].astype(np.float64)
    if not heard.any():
        raise NotApplicable("the decoded speech is silent, so it has no delay")
    lag = by_waveform(spoken, heard, info.sample_rate)
    if abs(lag.correlation) < CONFIDENT:
        raise NotApplicable(
            f"the decoded waveform does not follow the input (correlation {lag.correlation:.2f}), so it tells no delay"
        )
    if abs(lag.samples - info.delay) > DELAY_TOLERANCE * info.sample_rate:
        return Trouble(
            f"decoded speech lags by {lag.samples} samples, declared are {info.delay}",
            None,
            Measurement.of(lag.samples - info.delay, "samples"),
        )
    return None


def finite(subject: Subject) -> Trouble | None:
    """Check that loud, silent, tiny and constant input gives codes in range and finite PCM."""
    for name, signal in _extremes(subject).items():
        instance = subject.open()
        size = subject.info.frame_size
        try:
            codes = np.asarray(instance.encode(signal.copy()))
            if codes.size and (codes.min() < LOST or codes.max() >= subject.info.bins):
                return Trouble(f"{name}: codes from {codes.min()} to {codes.max()}, of {subject.info.bins} bins", 0)
            pcm = np.asarray(instance.decode(codes.astype(np.int64)))
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises on finite audio is the finding
            return Trouble(f"{name}: raised {type(error).__name__}: {error}", 0)
        bad = np.flatnonzero(~np.isfinite(pcm))
        if bad.size:
            return Trouble(f"{name}: decodes to NaN or infinite samples", int(bad[0]) // size)
    return None


def _extremes(subject: Subject) -> dict[str, Samples]:
    size = 4 * subject.info.frame_size
    time = np.arange(size) / subject.info.sample_rate
    random = np.random.default_rng(20)
    signals = {
        "silence": np.zeros(size),
        "full-scale square wave": np.sign(np.sin(2 * np.pi * 150 * time) + 1e-9),
        "constant 1": np.ones(size),
        "denormal noise": random.standard_normal(size) * 1e-40,
        "speech 20 dB too loud": subject.speech(0, 4) * 10,
        "noise": random.uniform(-1, 1, size),
    }
    return {name: signal.astype(np.float32) for name, signal in signals.items()}


def input_untouched(subject: Subject) -> Trouble | None:
    """Check that neither the samples nor the codes handed in are changed."""
    instance = subject.open()
    pcm, codes = subject.speech(0, 2), subject.codes[:, :2].copy()
    instance.encode(pcm)
    instance.decode(codes)
    if not np.array_equal(pcm, subject.speech(0, 2)):
        return Trouble("encode changed the samples that it was given", 0)
    if not np.array_equal(codes, subject.codes[:, :2]):
        return Trouble("decode changed the codes that it was given", 0)
    return None


def output_owned(subject: Subject) -> Trouble | None:
    """Check that what was returned is not changed by later calls, and that changing it disturbs nothing."""
    instance = subject.open()
    codes = instance.encode(subject.speech(0, 1))
    pcm = instance.decode(subject.codes[:, :1].copy())
    kept_codes, kept_pcm = np.array(codes), np.array(pcm)
    later = subject.stream_off(instance, 1, 4, "a stream")
    if trouble := codes_trouble(kept_codes, np.asarray(codes), "an earlier call, read again after later calls,"):
        return trouble
    info = subject.info
    if trouble := pcm_trouble(kept_pcm, np.asarray(pcm), info, "an earlier call, read again after later calls,"):
        return trouble
    if later:
        return later
    codes, pcm = instance.encode(subject.speech(4, 5)), instance.decode(subject.codes[:, 4:5].copy())
    for returned in (codes, pcm):
        if returned.flags.writeable:
            returned[:] = 0
    return subject.stream_off(instance, 5, 8, "a stream whose returned arrays were overwritten")


def state_matters(subject: Subject) -> Trouble | None:
    """Check `info.stateful`: a fresh instance for every frame is as good as a stream exactly if it is declared so."""
    codes = np.concatenate([subject.encode(subject.open(), i, i + 1) for i in range(subject.frames)], axis=1)
    pcm = np.concatenate([subject.decode(subject.open(), i, i + 1) for i in range(subject.frames)])
    trouble = subject.codes_off(codes, "single frames") or subject.pcm_off(pcm, "single frames")
    if subject.info.stateful and trouble is None:
        return Trouble("declared stateful, but a fresh instance for every frame gives the same codes and PCM")
    if not subject.info.stateful and trouble is not None:
        return Trouble(f"declared without state, but {trouble.words}", trouble.frame, trouble.off_by)
    return None


def plain_stream(subject: Subject) -> str | None:
    """Return why a plain stream fails, so that nothing else can be asked; None if it works."""
    try:
        _ = subject.pcm, subject.other_pcm
    except CodecFailed as error:
        return str(error)
    except SystemExit as leaving:
        return f"it calls exit({leaving.code})"
    return None
