"""
First divergence: where a setup diverges from the one it is held against, and what makes that.

Both are run plainly first, which tells the first frame whose input, codes or PCM differ, and so the side. Then both are
run again, with hooks on for that one call: the first module whose output differs and the first state array that
differed before the call, in order of execution, are named. Where the second run is another, or no state that is shown
differs, `harness.explain.origin` looks for what else it is. For codecs without a network to look into, codes, PCM and
`state()` have to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from harness.codecs.protocol import Side
from harness.errors import CodecFailed, HarnessError, UsageInvalid
from harness.explain.beside import told
from harness.explain.capture import Array, Capture, capture
from harness.explain.history import past
from harness.explain.origin import origin, shown, unsteady
from harness.explain.parted import Answer, Origin, Parted, first_sample, giving
from harness.explain.replay import Replay, by_frame, first_difference, flushed
from harness.explain.rows import at_once, of_rows
from harness.explain.windows import of_windows
from harness.record import Frozen
from harness.topology.plan import Decode, Encode, Step
from harness.topology.trace import Trace

MOST_NAMED = 3  # state arrays that one of two codecs has alone
ENDS = {
    "no-flush": "the instance was closed while it held them back, and not flushed",
    "flush-twice": "a second flush gave them",
}


class Explanation(Frozen):
    """
    Where and in what two runs diverge.

    side : "input", "encoder", "wire", "decoder", "end", "output" where codes of two kinds hide the side, or None if
        they do not part
    frame : the first that differs
    module : the first, in order of execution, whose output differs in the call for that frame
    state : the first array, in the same order, that differed before that call; states : how many did
    cause : what makes the difference, as an `Origin`; None where that cannot be told
    failed : nothing could be told, since the codec failed, ended its process, or hung
    """

    text: str
    side: str | None = None
    frame: int | None = None
    module: str | None = None
    state: str | None = None
    states: int = 0
    cause: str | None = None
    failed: bool = False


def explain(reference: Replay, suspect: Replay) -> Explanation:
    """
    Say where *suspect* diverges from *reference*, in one paragraph.

    Raises `UsageInvalid` if the two cannot be held side by side frame by frame.
    """
    for what in ("sample_rate", "frame_size"):
        one, two = getattr(reference.info, what), getattr(suspect.info, what)
        if one != two:
            raise UsageInvalid(
                f"{suspect.name} cannot be held against {reference.name} frame by frame: {what} {two} against {one}"
            )
    traces = []
    for replay in (reference, suspect):
        try:
            traces.append(replay.run(None))
        except CodecFailed as error:
            text = f"{replay.name} fails, so there is nothing to hold side by side: {error}"
            return Explanation(text=text, failed=True)
    return _Pair(reference, suspect, *traces).explain()


@dataclass(frozen=True)
class _Pair:
    reference: Replay
    suspect: Replay
    expected: Trace
    got: Trace

    def explain(self) -> Explanation:
        size = self.reference.info.frame_size
        tolerance = max(self.reference.info.tolerance, self.suspect.info.tolerance)
        fed = None
        if self.reference.info.encodes and self.suspect.info.encodes:  # else the samples only carry codes
            fed = first_difference(by_frame(self.reference.speech, size).T, by_frame(self.suspect.speech, size).T)
        if not self._one_kind_of_codes():
            return self._by_sound(fed, size, tolerance)
        rounding = max(self.reference.info.latent_tolerance or 0.0, self.suspect.info.latent_tolerance or 0.0)
        codes = first_difference(self.expected.codes, self.got.codes, rounding)
        arrived = first_difference(self.expected.arrived, self.got.arrived, rounding)
        pcm = first_difference(by_frame(self.expected.pcm, size).T, by_frame(self.got.pcm, size).T, tolerance)
        earliest = min((frame for frame in (fed, codes, arrived, pcm) if frame is not None), default=None)
        if earliest is None and len(self.expected.pcm) == len(self.got.pcm):
            return Explanation(text=self._same())
        if earliest is None or self._cut_off(earliest, codes, arrived):
            return self._ends()
        if fed is not None and fed == earliest:
            return self._say("input", fed, "the encoder is given other samples: the signal path or the tail differs")
        if codes is not None and codes == earliest:
            return self._look(Side.ENCODER, codes)
        if arrived is not None and arrived == earliest:
            return self._say("wire", arrived, "the encoder's codes are equal, but other codes arrive: the wire differs")
        return self._look(Side.DECODER, earliest)

    def _cut_off(self, earliest: int, codes: int | None, arrived: int | None) -> bool:
        """Tell whether all that came is equal, and one of the two only ends before the other does."""
        length, size = min(len(self.expected.pcm), len(self.got.pcm)), self.reference.info.frame_size
        ends = len(self.expected.pcm) != len(self.got.pcm) and earliest >= length // size
        return ends and codes is None and arrived is None

    def _ends(self) -> Explanation:
        """Tell of two runs whose samples are equal as far as they go, where one goes further."""
        more = len(self.got.pcm) - len(self.expected.pcm)
        frame = min(len(self.got.pcm), len(self.expected.pcm)) // self.reference.info.frame_size
        what = f"{more} samples too many come" if more > 0 else f"{-more} samples are missing"
        end = self.suspect.topology.end if self.suspect.topology is not None else "flush"
        why = ENDS.get(end, "the streams do not end alike")
        words = f"all that came before is equal, but at the end {what}: {why}"
        return self._say("end", frame, words).model_copy(update={"cause": Origin.END})

    def _one_kind_of_codes(self) -> bool:
        one, two = self.reference.info, self.suspect.info
        return (one.codebooks, one.bins) == (two.codebooks, two.bins)

    def _by_sound(self, fed: int | None, size: int, tolerance: float) -> Explanation:
        """Explain two codecs whose codes are not of one kind, such as a program that shows none."""
        pcm = first_difference(by_frame(self.expected.pcm, size).T, by_frame(self.got.pcm, size).T, tolerance)
        if pcm is None:
            return Explanation(text=self._same())
        if fed is not None and fed <= pcm:
            return self._say("input", fed, "the encoder is given other samples: the signal path or the tail differs")
        words = "its PCM differs; the codes are of other kinds, so the side that begins it cannot be told"
        return self._say("output", pcm, words)

    def _same(self) -> str:
        if self.expected.pcm.tobytes() == self.got.pcm.tobytes():
            return f"{self.suspect.name} and {self.reference.name} are equal, bit for bit."
        if np.array_equal(self.expected.pcm, self.got.pcm):
            return f"{self.suspect.name} differs from {self.reference.name} in signs of zero only."
        most = float(np.max(np.abs(self.expected.pcm - self.got.pcm)))
        return f"{self.suspect.name} differs from {self.reference.name} by rounding only, by no more than {most:.1e}."

    def _say(self, side: str, frame: int, words: str) -> Explanation:
        return Explanation(text=f"{self._where(frame)}: {words}.", side=side, frame=frame)

    def _where(self, frame: int) -> str:
        info = self.reference.info
        at = max(0.0, frame * info.frame_seconds - info.delay / info.sample_rate)  # in the audio's own time
        return f"{self.suspect.name} diverges from {self.reference.name} in frame {frame} ({at:.2f} s)"

    def _look(self, side: Side, frame: int) -> Explanation:
        places = [
            self._place(side, frame, *each) for each in ((self.reference, self.expected), (self.suspect, self.got))
        ]
        if places[0] is None or places[1] is None:
            return self._say("end", frame, "all calls give the same, and what flush() gives of it differs")
        wanted, found = places[0], places[1]
        pasts = past(self.expected.steps, wanted), past(self.got.steps, found)
        alike = pasts[0].partition(": ")[2] == pasts[1].partition(": ")[2]
        try:
            one = capture(self.reference, self.expected, wanted, other_side=alike)
            two = capture(self.suspect, self.got, found, other_side=alike)
        except CodecFailed as error:
            return self._say(str(side), frame, f"a second run, to see why, fails, so the two are not the same: {error}")
        parted = Parted(
            self.reference, self.suspect, self.expected, self.got, (one.output, two.output), side, frame, wanted, found
        )
        what = "its codes" if side is Side.ENCODER else "the codes that arrive are equal, but its PCM"
        verb = "differ" if side is Side.ENCODER else "differs"
        sentences = [f"{self._where(frame)}, on the {side} side: {what} {verb}.", *self._later(parted)]
        module, states, seen = None, [], []
        answer = of_rows(parted) if at_once(parted) else unsteady(parted) or of_rows(parted) or of_windows(parted)
        if answer is None:
            module, states = self._first_module(one, two, parted), _states(one, two, parted)
            seen = [*self._modules(one, two, parted, module), _about_states(one, two, states, parted)]
            answer = self._cause(parted, one, two, states, alike)
        said = [answer[1]] if answer[1] else []
        sentences += [*seen, *said] if answer[0] in (None, Origin.STATE) else [*said, *seen]  # what was shown is first
        sentences.append(f"Before that call, {self.suspect.name}: {pasts[1]}; {self.reference.name}: {pasts[0]}.")
        return Explanation(
            text=" ".join(sentences),
            side=str(side),
            frame=frame,
            module=module.name if module else None,
            state=states[0].name if states else None,
            states=len(states),
            cause=answer[0],
        )

    def _place(self, side: Side, frame: int, replay: Replay, trace: Trace) -> int | None:
        """Return the place of the call that gives what differs in *frame*; None if that is a flush."""
        if side is Side.ENCODER or not trace.pieces:
            return _call(trace.steps, side, frame)
        tolerance = max(self.reference.info.tolerance, self.suspect.info.tolerance)
        sample = first_sample(self.expected, self.got, frame, self.reference.info, tolerance)
        return giving(trace, sample, replay.info)

    def _later(self, parted: Parted) -> list[str]:
        """Say which call gives the samples of the frame, where that is a later one."""
        call = parted.calls[1]
        if isinstance(call, Encode) or self.suspect.info.start_up == 0 or flushed(call):
            return []
        frames = f"frame{'s' * (call.stop > call.start + 1)} {_span(*_extent(call))}"
        return [f"It comes out of the call for {frames}, since the codec holds samples back."]

    def _first_module(self, one: Capture, two: Capture, parted: Parted) -> "_Difference | None":
        calls = parted.calls
        return _first_module(one, two) if _extent(calls[0]) == _extent(calls[1]) else None

    def _modules(self, one: Capture, two: Capture, parted: Parted, module: "_Difference | None") -> list[str]:
        cuts = [_extent(call) for call in parted.calls]
        if module is not None:
            return [f"The first module whose output differs is {module.name}, {module.words}."]
        if one.modules and two.modules and cuts[0] != cuts[1]:
            return [
                f"The calls are cut differently (frames {_span(*cuts[1])} against {_span(*cuts[0])}), "
                "so the outputs of modules cannot be compared."
            ]
        return []

    def _cause(self, parted: Parted, one: Capture, two: Capture, states: "list[_Difference]", alike: bool) -> Answer:
        for replay, seen, steps, place in (
            (self.suspect, two, self.got.steps, parted.found),
            (self.reference, one, self.expected.steps, parted.wanted),
        ):
            if seen.disturbed is not None:
                instance = past(steps, place).partition(":")[0]
                return Origin.NEIGHBOUR, (
                    f"In {replay.name} the state of {instance} was changed by a call that must not touch it: "
                    f"{told(steps, seen.disturbed[0], place)}. It changed {seen.disturbed[1]}, as the first call to "
                    "do so."
                )
        try:
            return shown(parted, alike) if states else origin(parted)
        except HarnessError as error:
            return None, f"What makes the difference cannot be told: {error}."


@dataclass(frozen=True)
class _Difference:
    name: str
    words: str


def _call(steps: tuple[Step, ...], side: Side, frame: int) -> int:
    """Return the index of the call that processes *frame* of the main stream on *side*."""
    kind = Encode if side is Side.ENCODER else Decode
    for index, step in enumerate(steps):
        if isinstance(step, kind) and step.stream == "main" and step.start <= frame < step.stop:
            return index
    raise UsageInvalid(f"no call on the {side} side processes frame {frame}: the wire changed the number of frames")


def _extent(step: Step) -> tuple[int, int]:
    if not isinstance(step, Encode | Decode):
        raise ValueError(f"{step} has no frames")
    return step.start, step.stop


def _span(start: int, stop: int) -> str:
    return str(start) if stop == start + 1 else f"{start} to {stop - 1}"


def _first_module(one: Capture, two: Capture) -> _Difference | None:
    for (name, expected), (other, got) in zip(one.modules, two.modules, strict=False):
        if name != other:
            return _Difference(other, f"where {name} was to be executed")
        if words := _how(expected, got):
            return _Difference(name, words)
    return None


def _states(one: Capture, two: Capture, parted: Parted) -> list[_Difference]:
    """Return the arrays of that side that differ, in the order in which their modules are executed."""
    if one.state is None or two.state is None or _begin_apart(parted):
        return []
    side = parted.side
    rank = _rank([name for name, _ in (one.modules or two.modules)])
    names = [name for name in one.state if name in two.state and name.startswith(f"{side}/")]
    found = [(name, _how(one.state[name], two.state[name])) for name in names]
    differing = [_Difference(name, words) for name, words in found if words]
    return sorted(differing, key=lambda difference: rank(difference.name.partition("/")[2]))


def _rank(executed: list[str]) -> Callable[[str], int]:
    """Return a function that gives the place of a state array's module in the order of execution."""
    places: dict[str, int] = {}
    for place, name in enumerate(executed):
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            places.setdefault(".".join(parts[:length]), place)
    return partial(_place, places)


def _place(places: dict[str, int], name: str) -> int:
    while name:
        if name in places:
            return places[name]
        name = name.rpartition(".")[0]
    return len(places)


def _begin_apart(parted: Parted) -> bool:
    one, two = parted.calls
    return one.start != two.start


def _about_states(one: Capture, two: Capture, states: list[_Difference], parted: Parted) -> str:
    if one.state is None or two.state is None:
        return "At least one of the two makes that call outside streaming, where there is no state to compare."
    if not one.state and not two.state:
        return "The codec shows no state, so none was compared."
    if _begin_apart(parted):
        return "The calls begin at different frames, so the states before them cannot be compared."
    alone = _alone(one, two, parted)
    if not states:
        return (
            "No state array of that side differs before that call; what state() does not show was not compared with "
            f"anything.{alone}"
        )
    first = states[0]
    more = (
        f", and {len(states) - 1} more of that side do" if len(states) > 1 else ", and no other array of that side does"
    )
    return f"Before that call the state array {first.name} differs already, {first.words}{more}.{alone}"


def _alone(one: Capture, two: Capture, parted: Parted) -> str:
    """Say which state arrays of that side one of the two has alone, which two codecs may; an empty text if none."""
    said = ""
    for own, other, replay in ((one, two, parted.reference), (two, one, parted.suspect)):
        others = other.state or {}
        names = [name for name in own.state or {} if name.startswith(f"{parted.side}/") and name not in others]
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            said += f" {replay.name} alone has {', '.join(names[:MOST_NAMED])}{more} in its state."
    return said


def _how(expected: Array, got: Array) -> str:
    """Tell how two arrays differ; an empty text if they do not."""
    if expected.shape != got.shape:
        return f"of shape {got.shape} instead of {expected.shape}"
    if np.array_equal(expected, got, equal_nan=expected.dtype.kind == "f"):
        return ""
    if expected.dtype.kind == "b" or got.dtype.kind == "b" or expected.size == 1:
        return _instead(got.ravel()[0], expected.ravel()[0]) if expected.size == 1 else "in its flags"
    if not np.isfinite(got.astype(np.float64)).all():
        return "with NaN or infinite values"
    difference = np.abs(expected.astype(np.float64) - got.astype(np.float64))
    return f"by up to {difference.max():.2g} in {np.mean(difference > 0):.0%} of its values"


def _instead(got: Any, expected: Any) -> str:
    short = [f"{value:.4g}" if isinstance(value, float | np.floating) else str(value) for value in (got, expected)]
    one, two = short if short[0] != short[1] else (str(got), str(expected))
    return f"{one} instead of {two}"
