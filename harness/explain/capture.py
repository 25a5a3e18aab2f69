"""
One call of a run under the microscope: the state before it, and what each module of the network put out.

A run is data until it is executed, so the call of interest is known beforehand; hooks are on for that one call only.
Hook outputs are cloned at once: modules that add in place would otherwise change what was recorded of those before.
Calls on others (`harness.explain.beside`) are watched on the way: none may change the state of the call's instance.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.codecs.optional import HasLiveState, HasNetwork
from harness.codecs.protocol import Instance, Side, State
from harness.codecs.returned import guarded
from harness.explain.beside import beside, owners
from harness.explain.replay import Replay
from harness.topology.plan import Decode, Encode, Step
from harness.topology.trace import Trace

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Capture:
    """
    What was seen of one call.

    state : before the call, by the names of `Instance.state`; None if the call is outside streaming
    modules : outputs in order of execution, as (name, array); empty if the instance has no network to look into
    disturbed : the first call on others that changed that instance's state on this side, as place and array; or None
    output : what the call gave; None if it is outside streaming
    """

    state: State | None
    modules: tuple[tuple[str, Array], ...]
    disturbed: tuple[int, str] | None
    output: Array | None


class _Left(Exception):
    """The run has passed the call of interest."""


def capture(replay: Replay, trace: Trace, index: int, *, other_side: bool = True) -> Capture:
    """
    Run *replay* up to the call `trace.steps[index]`, make it as in *trace*, and return what was seen of it.

    other_side : watch calls on the other side of the call's own instance too, and not only those on other instances
    """
    call = trace.steps[index]
    if not isinstance(call, Encode | Decode):
        raise ValueError(f"step {index} is {call}, wanted a call that encodes or decodes")
    if call.instance is None:
        return Capture(None, (), None, None)
    watch = _Watch(trace.steps, index, call, other_side, lambda instance: replay.made(instance, call, trace))
    with contextlib.suppress(_Left):
        replay.run(watch)
    return Capture(watch.state, tuple(watch.modules), watch.disturbed, watch.output)


class _Watch:
    """The observer: it counts steps, looks at the state before the call, and hooks the network for its duration."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        index: int,
        call: Encode | Decode,
        other_side: bool,
        make: Callable[[Instance], Array],
    ) -> None:
        self.index = index
        self.instance = str(call.instance)
        self.output: Array | None = None
        self._make = make
        self.seen = 0
        self.state: State | None = None
        self.modules: list[tuple[str, Array]] = []
        self.disturbed: tuple[int, str] | None = None
        self._side = f"{Side.ENCODER if isinstance(call, Encode) else Side.DECODER}/"
        self._owners = owners(steps, index)
        self._others = {
            place
            for place in beside(steps, index)
            if other_side or getattr(steps[place], "instance", None) != self._owners[place]
        }
        self._before: State = {}
        self._hooks: list[Any] = []

    def __call__(self, _: Step, instances: dict[str, Instance]) -> None:
        place, self.seen = self.seen, self.seen + 1
        if place in self._others:
            self._compare(place, instances)
        if self.seen in self._others:
            self._before = self._shown(instances, self.seen)
        if self.seen == self.index:
            self._look(instances[self.instance])
            raise _Left

    def _look(self, watched: Instance) -> None:
        self.state = _state(watched)
        try:
            if isinstance(watched, HasNetwork):
                network = watched.network
                guarded("putting hooks on its network", lambda: self._hook(network))
            self.output = guarded("the call, made again", lambda: self._make(watched))
        finally:
            self._remove_hooks()

    def _shown(self, instances: dict[str, Instance], place: int) -> State:
        owner = self._owners[place]
        state = _state(instances[owner]) if owner in instances and self.disturbed is None else {}
        return {name: array for name, array in state.items() if name.startswith(self._side)}

    def _compare(self, place: int, instances: dict[str, Instance]) -> None:
        for name, array in self._shown(instances, place).items():
            before = self._before.get(name)
            if before is not None and not _equal(before, array):
                self.disturbed = place, name
                return

    def _hook(self, network: Any) -> None:
        for name, module in network.named_modules():
            if name:
                self._hooks.append(module.register_forward_hook(self._recorder(name)))

    def _recorder(self, name: str) -> Callable[[Any, Any, Any], None]:
        def record(_module: Any, _inputs: Any, output: Any) -> None:
            first = output[0] if isinstance(output, list | tuple) else output
            if hasattr(first, "detach"):
                self.modules.append((name, first.detach().clone().cpu()))

        return record

    def _remove_hooks(self) -> None:
        """Take the hooks off, and turn what they recorded into arrays."""
        guarded("taking hooks off its network", lambda: [hook.remove() for hook in self._hooks])
        self.modules = guarded("reading its network", lambda: [(name, _array(each)) for name, each in self.modules])


def _state(instance: Instance) -> State:
    return guarded("state", instance.live_state if isinstance(instance, HasLiveState) else instance.state)


def _equal(one: Array, two: Array) -> bool:
    return one.shape == two.shape and np.array_equal(one, two, equal_nan=one.dtype.kind == "f")


def _array(tensor: Any) -> Array:
    # numpy has no bfloat16, and float64 holds every value of the narrower kinds.
    return np.asarray(tensor.double() if tensor.is_floating_point() else tensor)
