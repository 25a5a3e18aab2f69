"""
Where a difference comes from: looks that could have refuted the answer, and "cannot be told" where none could.

Two runs diverge at a call, with the same input. What can do that: their calls differ (another codec, another cut);
state that `state()` shows, or does not show; a call on another instance that shares memory; what instances share in
the process; chance. Each answer is shown: by running again, in this process and in fresh ones, with the calls on
others left out, with both instances brought to the call side by side, or with the one's call made on the other's
instance.
"""

from harness.codecs.protocol import Side
from harness.codecs.returned import guarded
from harness.errors import HarnessError
from harness.explain.beside import beside, removable, told
from harness.explain.other_codec import other_codec
from harness.explain.parted import Answer, Origin, Parted, made_again
from harness.explain.repeats import MEANINGS, Act, Dependence, dependence, digest, together
from harness.explain.replay import Array, Replay
from harness.explain.stream_alone import stream_alone
from harness.topology.plan import Decode, Encode
from harness.topology.running import TraceResult
from harness.topology.trace import Trace


def unsteady(parted: Parted) -> Answer | None:
    """Tell a call that gave something else in a second run; None if both gave the same again."""
    for (replay, trace, _), call, output in zip(parted.runs, parted.calls[::-1], parted.again[::-1], strict=True):
        if _repeated(parted, replay, trace, call, output):
            continue
        said = f"Run again in the same process, {replay.name} gives something else in that frame"
        if replay.subject is None:
            return None, f"{said}: that is chance, or what ran before; which of them cannot be told from here."
        try:
            found = dependence(replay.subject)
        except HarnessError as error:
            return None, f"{said}; which of chance and what ran before that is cannot be told ({error})."
        origin = {
            Dependence.CHANCE: Origin.CHANCE,
            Dependence.NOTHING: None,
            Dependence.LEFT_BEHIND: Origin.LEFT_BEHIND,
        }.get(found.dependence, Origin.PROCESS)
        return origin, f"{said}, so the setups need not be the cause: {found.words}."
    return None


def _repeated(parted: Parted, replay: Replay, trace: Trace, call: Encode | Decode, output: Array | None) -> bool:
    return parted.parts(replay.run(None), trace) is None if output is None else parted.same(replay, output, trace, call)


def shown(parted: Parted, alike: bool) -> Answer:
    """
    Say where the difference comes from if state that is shown differs before the call, and both runs repeat.

    alike : both instances have the same past, so that it does not explain why their states differ
    """
    same_codec = parted.reference.codec is not None and parted.reference.codec is parted.suspect.codec
    found = (other_cut(parted) if same_codec else None) or neighbour(parted) or stream_alone(parted)
    if found is None and alike and same_codec:
        found = in_fresh_processes(parted)
    return found or (Origin.STATE, "Whether that makes the difference, or state that is not shown, was not tried.")


def origin(parted: Parted) -> Answer:
    """Say where the difference comes from if no state that is shown differs before the call, and both runs repeat."""
    one, two = parted.calls
    if one.instance is None or two.instance is None:
        return None, "So the call itself and the missing past cannot be told apart."
    if parted.reference.codec is None or parted.reference.codec is not parted.suspect.codec:
        return neighbour(parted) or stream_alone(parted) or other_codec(parted)
    return other_cut(parted) or neighbour(parted) or _side_by_side(parted)


def other_cut(parted: Parted) -> Answer | None:
    """Where the same codec is called for other groups of frames: make those calls on the reference's own instance."""
    one, two = parted.calls
    if (one.start, one.stop) == (two.start, two.stop) or one.instance is None or two.instance is None:
        return None
    start = min(one.start, two.start)
    places = [_at(trace, parted.side, start) for trace in (parted.expected, parted.got)]
    if places[0] is None or places[1] is None:
        return None, "No call of both begins where these do, so whether the cut makes the difference cannot be told."
    instance = parted.reference.held(places[0], parted.expected.steps)
    if instance is None:
        return None
    for step in parted.got.steps[places[1] : parted.found + 1]:
        if isinstance(step, type(two)) and step.stream == "main" and step.instance == two.instance:
            output = made_again(parted.reference, instance, step, parted.expected)
    if parted.same(parted.reference, output, parted.expected, two) or not _own_calls_alone(parted, places[0]):
        return None
    return Origin.CALL, (
        f"Made on {parted.reference.name}'s own instance, in its own state, the calls as {parted.suspect.name} cuts "
        "them give another output than its own do: the difference arises in the call itself, by how frames are grouped."
    )


def _own_calls_alone(parted: Parted, place: int) -> bool:
    """
    Tell whether the reference's own calls on that side, made from *place* on without those between, give its output.

    If not, what is called between them makes a difference, such as the other side of the instance: no cut is to blame.
    """
    one, two = parted.calls
    instance = parted.reference.held(place, parted.expected.steps)
    if instance is None:
        return False
    for step in parted.expected.steps[place:]:
        if isinstance(step, type(two)) and step.stream == "main" and step.instance == one.instance:
            output = made_again(parted.reference, instance, step, parted.expected)
            if step == one:
                return parted.same(parted.reference, output, parted.expected, step)
    return False


def _at(trace: Trace, side: Side, start: int) -> int | None:
    kind = Encode if side is Side.ENCODER else Decode
    return next(
        (
            place
            for place, step in enumerate(trace.steps)
            if isinstance(step, kind) and step.stream == "main" and step.start == start
        ),
        None,
    )


def neighbour(parted: Parted) -> Answer | None:
    """Leave out calls on other instances, or on the other side: does the run then stay what the other one is?"""
    for (replay, _, place), other in zip(parted.runs, (parted.expected, parted.got), strict=True):
        steps = (parted.got if replay is parted.suspect else parted.expected).steps
        places = removable(steps, beside(steps, place))
        if not places or not _stays(parted, replay, places, other):
            continue
        low, high = 0, len(places)  # with the first `low` of them made it stays, with the first `high` it does not
        while high - low > 1:
            middle = (low + high) // 2
            stays = _stays(parted, replay, places[middle:], other)
            low, high = (middle, high) if stays else (low, middle)
        alone = not _stays(parted, replay, places[:low] + places[low + 1 :], other)
        how = "That one alone is enough" if alone else f"It needs the {low} before it"
        count = "the call before it that is" if len(places) == 1 else f"the {len(places)} calls before it that are"
        return Origin.NEIGHBOUR, (
            f"With {count} not of this stream left out, {replay.name} does not part there. The first that makes it "
            f"part is {told(steps, places[low], place)}. {how}: it changes what it must not."
        )
    return None


def _stays(parted: Parted, replay: Replay, left_out: list[int], other: Trace) -> bool:
    """Return whether *replay* without the calls *left_out* equals *other* up to the frame where they diverge."""
    frame = parted.parts(replay.run(None, frozenset(left_out)), other)
    return frame is None or frame > parted.frame


def _side_by_side(parted: Parted) -> Answer:
    """Bring both instances to the call in one process, and make it on both, and on clones of them made just before."""
    held = [
        (replay, trace, instance, call)
        for (replay, trace, place), call in zip(parted.runs, parted.calls[::-1], strict=True)
        if (instance := replay.held(place, trace.steps)) is not None
    ]
    if len(held) < len(parted.runs):
        return None, "What makes the difference cannot be told."
    clones = [guarded("clone", instance.clone) for _, _, instance, _ in held]
    kept = [
        parted.same(replay, made_again(replay, instance, call, trace), trace, call)
        for replay, trace, instance, call in held
    ]
    carried = [
        parted.same(replay, made_again(replay, clone, call, trace), trace, call)
        for (replay, trace, _, call), clone in zip(held, clones, strict=True)
    ]
    if not all(kept):
        return Origin.PROCESS, (
            "Brought to that call side by side in one process, the instances do not give what they gave before: they "
            "share something there, such as a module-level variable, and what ran between changes it."
        )
    if (fresh := in_fresh_processes(parted)) is not None:
        return fresh
    one, two = parted.calls
    shown = one.start != two.start  # then it may be shown: it was not compared
    return Origin.STATE if shown else Origin.HIDDEN_STATE, (
        "Brought to that call side by side in one process, with the same input, each instance gives its own output "
        f"again: they carry {'other state' if shown else 'state that state() does not show'}, and "
        + ("clones made just before the call carry it too." if all(carried) else "clones made just before it lose it.")
    )


def in_fresh_processes(parted: Parted) -> Answer | None:
    """
    Say that a setup alone in a fresh process is another than here, and whether that is what ran before; else None.

    Processes may differ by themselves, so what ran before is accused only if a setup differs inside a fresh one too,
    before and after the other setup, and does so again.
    """
    subjects = [replay.subject for replay, _, _ in parted.runs]
    if subjects[0] is None or subjects[1] is None:
        return None
    one, two = (Act(subject) for subject in subjects if subject is not None)
    try:
        results = together([(one,), (two,)])
        differing = [
            replay.name
            for (replay, trace, _), (result,) in zip(parted.runs, results, strict=True)
            if not isinstance(result, Trace) or parted.parts(result, trace) is not None
        ]
        if not differing:
            return None
        around = [(one, two, one), (two, one, two)]
        first, again = together(around), together(around)
    except HarnessError as error:
        return None, f"In a process of its own one of them cannot be run ({error}), so more cannot be told."
    said = f"{differing[0]}, alone in a process of its own, gives another output than here"
    pairs = [pair for made in zip(first, again, strict=True) for pair in zip(*made, strict=True)]
    if not all(_alike(parted, *pair) for pair in pairs):
        return Origin.CHANCE, f"{said}: {MEANINGS[Dependence.CHANCE]}."
    if not all(_alike(parted, before, after) for before, _, after in first):
        return Origin.PROCESS, f"{said}: what ran before in the same process makes the difference."
    return None, (
        f"{said}, but in one process each is the same before and after the other: whether that is chance, or what else "
        "ran here before, cannot be told."
    )


def _alike(parted: Parted, one: TraceResult, two: TraceResult) -> bool:
    if isinstance(one, Trace) and isinstance(two, Trace):
        return parted.parts(one, two) is None
    return digest(one) == digest(two)
