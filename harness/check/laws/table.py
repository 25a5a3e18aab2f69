"""The laws, by name, and how one of them is judged."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from harness.check.finding import LawFinding, NotApplicable, Status, Violation
from harness.check.laws import (
    arithmetic,
    basics,
    copies,
    delay,
    ending,
    endurance,
    grouping,
    memory,
    noise_floor,
    plain_use,
    refusals,
    resets,
    separation,
    slots,
    threads,
    vanishing,
    windows,
)
from harness.check.subject import Subject
from harness.errors import CodecFailed, NotOffered, UsageInvalid

KEPT = "as promised"
DETERMINISTIC = "deterministic"  # on it rest all laws that compare

Check = Callable[[Subject], Violation | None]


@dataclass(frozen=True)
class Law:
    """
    What a codec that keeps a law promises, and what checks that.

    compares : whether it is told by comparing with a reference
    of_what_is_left : it asks itself what earlier streams leave, so nothing that is left excuses what it finds
    of_the_encoder : it is a law of the encoder, or of decoded speech as what was encoded; none of a decoder alone
    """

    promise: str
    check: Check
    compares: bool = True
    of_the_encoder: bool = False
    of_what_is_left: bool = False


LAWS: dict[str, Law] = {
    "deterministic": Law(
        "equal input gives equal output on fresh instances, whatever ran before", basics.deterministic, compares=False
    ),
    "counts": Law("n frames in, n frames out, of the declared size", basics.counts, compares=False),
    "sound": Law("speech decodes to sound, not to silence or one value", plain_use.sound, compares=False),
    "delay": Law("decoded speech lags by the declared delay", delay.delay, compares=False, of_the_encoder=True),
    "level": Law("decoded speech is as loud as declared", plain_use.level, compares=False, of_the_encoder=True),
    "polarity": Law("decoded speech is not inverted", plain_use.polarity, compares=False, of_the_encoder=True),
    "full-scale": Law(
        "input at and above full scale does not wrap round", plain_use.full_scale, compares=False, of_the_encoder=True
    ),
    "noise-floor": Law(
        "error and noise do not grow along a stream", noise_floor.noise_floor, compares=False, of_the_encoder=True
    ),
    "finite-output": Law(
        "any finite audio gives codes in range and PCM that is finite and no constant",
        plain_use.finite,
        compares=False,
        of_the_encoder=True,
    ),
    "honest-errors": Law("empty, partial and out-of-range input is refused, with a reason", refusals.honest, False),
    "input-untouched": Law("what is handed in is not changed", basics.input_untouched, compares=False),
    "output-owned": Law("what is handed out belongs to the caller", basics.output_owned),
    "state-matters": Law("dropping the state changes the output exactly if declared stateful", basics.state_matters),
    "state-is-copied": Law("state() hands out copies, and each side changes its own", copies.state_is_copied),
    "offline": Law("streaming equals one offline call", grouping.offline),
    "chunks": Law("how many frames a call has makes no difference", grouping.chunks),
    "window": Law(
        "called without state on windows of the declared context, it is as in a stream; how little is enough is told",
        windows.window,
    ),
    "past-context-offline": Law("streaming equals offline beyond the context", grouping.past_context_offline),
    "past-context-chunks": Law(
        "beyond the context, how many frames a call has makes no difference", grouping.past_context
    ),
    "call-past-context": Law("one call longer than the context is as good as many", grouping.long_call),
    "encoder-forgets-after": Law(
        "codes depend on no more of the past than is declared", memory.encoder, of_the_encoder=True
    ),
    "decoder-forgets-after": Law("PCM depends on no more of the past than is declared", memory.decoder),
    "clone-continues": Law("a clone goes on as its original", copies.clone_continues),
    "clone-independent": Law("clone and original do not disturb each other", copies.clone_independent),
    "snapshot-restores": Law("a restored snapshot rewinds, and is a copy", copies.snapshot_restores),
    "late-copies": Law(
        "clones, snapshots and resets late in a long stream are as good as early ones", copies.late_copies
    ),
    "endures": Law("late in a long stream the codec is as early, in memory and time too", endurance.endures),
    "reset-encoder": Law("a used encoder after reset is as fresh", resets.encoder, of_the_encoder=True),
    "reset-decoder": Law("a used decoder after reset is as fresh", resets.decoder),
    "reset-one-side": Law("a reset of one side leaves the other alone", resets.one_side_only, of_the_encoder=True),
    "reset-after-nan": Law("a reset cures a NaN", resets.after_nan, of_the_encoder=True),
    "reset-after-silence": Law("a reset is complete after silence", resets.after_silence, of_the_encoder=True),
    "reset-into-silence": Law(
        "after a reset, silence is coded as on a fresh instance", resets.into_silence, of_the_encoder=True
    ),
    "reset-after-failure": Law("a reset is complete after a failed call", resets.after_failure),
    "reset-many-times": Law("use and reset can be repeated for ever", resets.many_times),
    "failure-is-harmless": Law("a failed call leaves the stream where it was", refusals.harmless),
    "start-up": Law("as many samples are held back at first as are declared", ending.start_up, compares=False),
    "flush": Law("flush gives what is held back, once, and ends no other stream", ending.flush),
    "close": Law("a closed instance refuses, and its place is free again", ending.closed, of_what_is_left=True),
    "encode-leaves-decode": Law(
        "encoding does not disturb decoding", separation.encode_leaves_decode, of_the_encoder=True
    ),
    "decode-leaves-encode": Law(
        "decoding does not disturb encoding", separation.decode_leaves_encode, of_the_encoder=True
    ),
    "instances-separate": Law("instances do not leak into each other", separation.instances),
    "batch-rows": Law("each row of a batch is as if alone", separation.batch_rows),
    "slot-reset": Law("a slot that others used is as fresh after its reset", slots.reset),
    "slots-apart": Law("streams in other slots come, go and abort without a trace in ours", slots.apart),
    "slot-idle": Law("a slot that pauses goes on where it was", slots.idle),
    "slot-fork": Law("a forked slot and its source go on, each by itself", slots.fork),
    "thread-safe": Law("sessions in threads of their own are as alone", threads.safe),
    "threads": Law("one thread and two give the same", arithmetic.threads),
    "narrower-numbers": Law(
        "in narrower numbers, equal codes decode within the tolerance declared for them", arithmetic.narrower
    ),
    "abort": Law(  # the last: later laws would meet what is left where it is broken
        "streams that vanish in mid-stream leave nothing, and their places are free again",
        vanishing.aborted,
        of_what_is_left=True,
    ),
}


def known(names: Iterable[str], where: str) -> None:
    """Raise `UsageInvalid` if one of *names* is no law."""
    for name in names:
        if name not in LAWS:
            raise UsageInvalid(f"{where}: no law {name!r}; there are: {', '.join(LAWS)}")


def check_left(names: Collection[str]) -> None:
    """Raise `UsageInvalid` if no law is left to ask: nothing asked is nothing held."""
    if not names:
        raise UsageInvalid("--except: takes away every law that was asked for; wanted one at least")


def judge(name: str, under_test: Subject) -> LawFinding:
    """Check one law, whatever the codec does, and say how it stands."""
    begun = time.perf_counter()
    under_test.notes.clear()
    under_test.measured = None
    try:
        if LAWS[name].of_the_encoder and not under_test.info.encodes:
            raise NotApplicable("the codec has no encoder: its codes are given")
        trouble = LAWS[name].check(under_test)
        status, observed = (Status.BROKEN, trouble) if trouble else (Status.HELD, None)
        words = observed.words if observed else "; ".join([KEPT, *dict.fromkeys(under_test.notes)])
    except (NotApplicable, NotOffered) as reason:
        status, observed, words = Status.NOT_APPLICABLE, None, str(reason)
    except CodecFailed as error:
        status, observed, words = Status.BROKEN, None, str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the edge: a Rust panic is no Exception; the other laws go on
        status, observed, words = Status.BROKEN, None, f"raised {type(error).__name__}: {error}"
    compared_twice = name == DETERMINISTIC and observed is not None
    by_itself = LAWS[name].of_what_is_left and observed is not None
    excused = status is Status.BROKEN and not compared_twice and not by_itself
    left = under_test.left_over() if excused else None
    if left is not None:  # then the law is not to blame, or not alone
        status, observed, words = Status.COULD_NOT_RUN, None, f"what earlier calls left, or used up, decides: {left}"
    reason_not = under_test.promises_not.get(name)
    if reason_not is not None and left is None and status is not Status.NOT_APPLICABLE:
        was = "nevertheless observed to hold" if status is Status.HELD else f"observed: {words}"
        status, words = Status.NOT_PROMISED, f"{reason_not} ({was})"
    return LawFinding(
        law=name,
        promise=LAWS[name].promise,
        status=status,
        observed=words,
        first_frame=observed.frame if observed else None,
        off_by=observed.off_by if observed else None,
        measured=under_test.measured,
        seconds=time.perf_counter() - begun,
    )


def unasked(name: str, status: Status, reason: str) -> LawFinding:
    """Return what is said of a law that was not checked to its end."""
    return LawFinding(law=name, promise=LAWS[name].promise, status=status, observed=reason)
