"""
The calls on others before a call: on other instances, or on the other side of its own, since that instance exists.

None of them may change what the call gives. Where clones share memory, or instances a buffer, one of them does. To open
or to clone an instance is such a call too: where all instances are one, opening a second begins the first one anew.
"""

from harness.codecs.protocol import Side
from harness.topology.plan import Clone, Decode, Encode, Open, Refuse, Reset, Step

Steps = tuple[Step, ...]


def owners(steps: Steps, index: int) -> list[str | None]:
    """Return for each step before `steps[index]` the instance that its own was then, back through clones, or None."""
    call = steps[index]
    name = call.instance if isinstance(call, Encode | Decode) else None
    found: list[str | None] = [None] * index
    for place in range(index - 1, -1, -1):
        step = steps[place]
        if isinstance(step, Clone) and step.instance == name:
            name = step.source
        elif isinstance(step, Open) and step.instance == name:
            break
        found[place] = name
    return found


def beside(steps: Steps, index: int) -> list[int]:
    """
    Return the places of calls on others before the call `steps[index]`, in order; opening and cloning are such too.

    So are calls that are refused, whatever they are made on: they must change nothing. Those outside streaming (no
    instance) are made on one that nobody else uses.
    """
    call = steps[index]
    side = Side.ENCODER if isinstance(call, Encode) else Side.DECODER
    found = []
    for place, owner in enumerate(owners(steps, index)):
        step = steps[place]
        if owner is None or not isinstance(step, Open | Clone | Encode | Decode | Reset | Refuse):
            continue
        if isinstance(step, Refuse) or step.instance != owner or side not in _sides(step):
            found.append(place)
    return found


def removable(steps: Steps, places: list[int]) -> list[int]:
    """Return those of *places* that can be left out: nothing that the stream needs comes of them."""
    alone = any(isinstance(step, Encode) and step.instance is None and step.stream == "other" for step in steps)
    decoded = any(isinstance(step, Decode) and step.stream == "other" for step in steps)
    return [place for place in places if _spared(steps[place], decoded, alone)]


def told(steps: Steps, place: int, index: int) -> str:
    """Name the call at *place*, as seen from the call `steps[index]`."""
    step, call = steps[place], steps[index]
    if isinstance(step, Refuse):
        return f"the wrong call on the {step.side} side of instance {step.instance}, which it refused"
    if isinstance(step, Open):
        return f"opening instance {step.instance}"
    if isinstance(step, Clone):
        return f"cloning instance {step.source} into {step.instance}"
    if not isinstance(step, Encode | Decode | Reset):
        raise ValueError(f"step {place} is {step}, wanted a call on an instance")
    owner = owners(steps, index)[place]
    ours = call.instance if isinstance(call, Encode | Decode) else None
    cloned = any(
        isinstance(one, Clone) and (one.source, one.instance) == (step.instance, ours) for one in steps[:place]
    )
    who = f"instance {step.instance}"
    if step.instance == owner:
        who += ", on its other side"
    elif cloned:
        who += f", of which {ours} is a clone"
    if isinstance(step, Reset):
        return f"the reset of {who}"
    verb = "encoding" if isinstance(step, Encode) else "decoding"
    last = step.stop - 1
    frames = f"frame {step.start}" if step.start == last else f"frames {step.start} to {last}"
    where = "outside streaming" if step.instance is None else f"on {who}"
    return f"{verb} {frames} of {'this stream' if step.stream == 'main' else 'other speech'} {where}"


def _sides(step: Open | Clone | Encode | Decode | Reset) -> tuple[Side, ...]:
    if isinstance(step, Open | Clone):
        return (Side.ENCODER, Side.DECODER)
    if isinstance(step, Reset):
        return (Side.ENCODER, Side.DECODER) if step.side is Side.BOTH else (step.side,)
    return (Side.ENCODER,) if isinstance(step, Encode) else (Side.DECODER,)


def _spared(step: Step, decoded: bool, alone: bool) -> bool:
    """Tell whether nothing comes of *step*; decoded, alone : other speech is, and it is encoded outside streaming."""
    if isinstance(step, Encode):
        feeds = decoded and alone == (step.instance is None)
        return step.stream == "other" and not feeds
    return isinstance(step, Reset | Refuse) or (isinstance(step, Decode) and step.stream == "other")
