"""Laws of a single plain stream: determinism, counts, whose memory is whose, whether state matters."""

from typing import Any

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.check.finding import Violation
from harness.check.subject import Subject
from harness.codecs.protocol import LOST, Codes, Instance, State
from harness.codecs.returned import guarded
from harness.errors import CodecFailed

ROUNDS, BRIEFLY = 8, 4  # instances that are opened after one another, and frames in each
CALLS = 100  # after which no buffer may come round again


def deterministic(subject: Subject) -> Violation | None:
    """Check that fresh instances give equal output for equal input, however many there were and whatever they did."""
    codes = subject.encode(subject.open(), 0, subject.frames)
    if trouble := subject.codes_off(codes, "a second run"):
        return trouble
    if trouble := subject.pcm_off(subject.decode(subject.open(), 0, subject.frames), "a second run"):
        return trouble
    frames = min(BRIEFLY, subject.frames)
    for count in range(1, ROUNDS + 1):
        other = subject.open()
        subject.encode(other, 0, frames, stream="other")
        subject.decode(other, 0, frames, stream="other")
        if subject.has_room_for_one:
            del other  # elsewhere it stays, so that the fresh ones are made beside it
        who = f"a fresh instance after {count} with other speech"
        if trouble := subject.codes_off(subject.encode(subject.open(), 0, frames), who):
            return trouble
        if trouble := subject.pcm_off(subject.decode(subject.open(), 0, frames), who):
            return trouble
    return None


def counts(subject: Subject) -> Violation | None:
    """Check that n frames of samples give (K, n) codes and these give n frames of samples, for several n."""
    for chunk in (1, 2, 5):
        subject.encode(subject.open(), 0, chunk, chunk)  # raises unless the counts are right
        subject.decode(subject.open(), 0, chunk, chunk)
    size = subject.info.frame_size
    smaller = [part for part in (2, 3, 5) if size % part == 0]
    for part in smaller[:1]:
        taken = _taken(subject, size // part)
        if taken is not None:
            return Violation(
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


def input_untouched(subject: Subject) -> Violation | None:
    """Check that neither the samples nor the codes handed in are changed, nor looked at when the call is over."""
    instance = subject.open()
    pcm, codes = subject.speech(0, 2), subject.codes[:, :2].copy()
    instance.encode(pcm)
    instance.decode(codes)
    if not np.array_equal(pcm, subject.speech(0, 2)):
        return Violation("encode changed the samples that it was given", 0)
    if not np.array_equal(codes, subject.codes[:, :2]):
        return Violation("decode changed the codes that it was given", 0)
    instance, pcm, codes = subject.open(), subject.speech(0, 1), subject.codes[:, :1].copy()
    instance.encode(pcm)
    instance.decode(codes)
    pcm[:], codes[:] = 0, subject.other_codes("other")[:, :1]  # as a caller with one buffer does
    trouble = subject.stream_off(instance, 1, 4, "a stream whose caller put something else into what it had handed in")
    return trouble and _not_without_it(subject, trouble)


def output_owned(subject: Subject) -> Violation | None:
    """Check that what was returned is not changed by any of many later calls, and that changing it disturbs nothing."""
    instance = subject.open()
    kept: list[tuple[str, npt.NDArray[Any], npt.NDArray[Any]]] = []
    for call in range(CALLS):
        frame = call % subject.plain_frames
        codes = guarded(f"encode in call {call}", lambda frame=frame: instance.encode(subject.speech(frame, frame + 1)))  # type: ignore[misc]
        sent = subject.codes[:, frame : frame + 1].copy()
        pcm = guarded(f"decode in call {call}", lambda sent=sent: instance.decode(sent))  # type: ignore[misc]
        kept += [(f"the codes of call {call}", codes, np.array(codes)), (f"the PCM of call {call}", pcm, np.array(pcm))]
        changed = [what for what, returned, copied in kept if not np.array_equal(returned, copied, equal_nan=False)]
        if changed:
            later = call - int(changed[0].rpartition(" ")[2])
            return Violation(f"{changed[0]}, which the caller kept, changed in a call {later} later", frame)
    instance = subject.open()
    for returned in (instance.encode(subject.speech(0, 1)), instance.decode(subject.codes[:, :1].copy())):
        if returned.flags.writeable:
            returned[:] = 0
    trouble = subject.stream_off(instance, 1, 4, "a stream whose returned arrays were overwritten")
    return trouble and _not_without_it(subject, trouble)


def _not_without_it(subject: Subject, trouble: Violation) -> Violation | None:
    """Return *trouble* unless a stream shows some from its second frame on whose arrays nobody has overwritten."""
    untouched = subject.open()
    subject.encode(untouched, 0, 1)
    subject.decode(untouched, 0, 1)
    return None if subject.stream_off(untouched, 1, 4, "a stream") else trouble


def state_matters(subject: Subject) -> Violation | None:
    """Check `info.stateful`: a fresh instance for every frame is as good as a stream exactly if it is declared so."""
    trouble = _single_frames_off(subject, 0, subject.few)
    if subject.info.stateful and trouble is None and not _matters_elsewhere(subject):
        return Violation(
            "declared stateful, but a fresh instance for every frame gives the same codes and PCM, in speech early "
            "and late, in silence, and where a frame is lost, as far as it takes these"
        )
    if not subject.info.stateful and trouble is not None:
        return Violation(f"declared without state, but {trouble.words}", trouble.frame, trouble.off_by)
    return None


def _single_frames_off(subject: Subject, start: int, stop: int) -> Violation | None:
    """Return how the frames *start* to *stop*, each on a fresh instance, are not what they are in the stream."""
    frames = range(start, stop)
    codes = np.concatenate([subject.encode(subject.open(), i, i + 1) for i in frames], axis=1)
    pcm = np.concatenate([subject.decode(subject.open(), i, i + 1) for i in frames])
    return subject.codes_off(codes, "single frames", start) or subject.pcm_off(pcm, "single frames", start)


def _matters_elsewhere(subject: Subject) -> bool:
    """Tell whether dropping the state shows late in speech, in the silence after it, or in frames that are lost."""
    if _single_frames_off(subject, subject.late, subject.long_frames):
        return True
    few, size = subject.few, subject.info.frame_size
    if subject.info.encodes:
        spoken = np.concatenate([subject.speech(0, few), np.zeros(few * size, np.float32)])
        whole, heard = subject.coded(spoken)
        pieces = [subject.coded(spoken[at : at + size]) for at in range(0, len(spoken), size)]
        codes = np.concatenate([one for one, _ in pieces], axis=1)
        if not np.array_equal(codes, whole) or _by_single_frames(subject, whole, heard):
            return True
    if subject.info.continuous:  # no latent means lost
        return False
    lost = subject.codes_of("main", 0, few)
    lost[:, 1::2] = LOST
    try:
        heard = subject.decoded(lost)
    except CodecFailed:  # it takes no lost frames
        return False
    return _by_single_frames(subject, lost, heard)


def _by_single_frames(subject: Subject, codes: Codes, heard: Samples) -> bool:
    """Tell whether a fresh instance for every frame decodes *codes* to something else than *heard*."""
    pieces = [subject.decoded(codes[:, frame : frame + 1]) for frame in range(codes.shape[1])]
    return not np.array_equal(np.concatenate(pieces), heard)


def plain_stream(subject: Subject) -> str | None:
    """Return why a plain stream fails, so that nothing else can be asked; None if it works."""
    try:
        _ = subject.pcm, subject.other_pcm()
        if (changed := guarded("info", subject.codec.changed)) is not None:
            return changed
    except CodecFailed as error:
        return f"{error}{_sent_again(subject)}"
    except SystemExit as leaving:
        return f"it calls exit({leaving.code})"
    return None


def _sent_again(subject: Subject) -> str:
    """Say whether the first frame that is refused is taken when it is sent again, and what the refusal has changed."""
    try:
        instance = guarded("open", subject.codec.open)
    except CodecFailed:
        return ""
    for frame in range(subject.plain_frames):
        pcm = subject.speech(frame, frame + 1)
        before = _shown(instance)
        try:
            guarded("encode", lambda pcm=pcm: instance.encode(pcm))  # type: ignore[misc]
        except CodecFailed:
            after = _shown(instance)
            try:
                guarded("encode", lambda pcm=pcm: instance.encode(pcm))  # type: ignore[misc]
            except CodecFailed:
                return ""
            moved = [name for name in before if name not in after or not np.array_equal(before[name], after[name])]
            what = f"the refused call had changed {', '.join(moved[:3])}" if moved else "state() shows no change by it"
            return f"; sent again, the frame is taken, and {what}"
    return ""


def _shown(instance: Instance) -> State:
    try:
        return guarded("state", instance.state)
    except CodecFailed:
        return {}
