"""
One call of a run under the microscope: the state before it, and what each module of the network put out.

A run is data until it is executed, so the call of interest is known beforehand; hooks are on for that one call only,
and the run is left right after it. Hook outputs are cloned at once: modules that add in place would otherwise change
what was recorded of those before them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.capabilities import Layered, Settled
from harness.codec import Instance, State
from harness.execution import Observer, Trace
from harness.plan import Decode, Encode, Step

Array = npt.NDArray[Any]
Run = Callable[[Observer | None], Trace]


@dataclass(frozen=True, eq=False)
class Capture:
    """
    What was seen of one call.

    state : before the call, by the names of `Instance.state`; None if the call is outside streaming
    modules : outputs in order of execution, as (name, array); empty if the instance has no network to look into
    """

    state: State | None
    modules: tuple[tuple[str, Array], ...]


class _Left(Exception):
    """The run has passed the call of interest."""


def capture(run: Run, steps: tuple[Step, ...], index: int) -> Capture:
    """Execute *run* up to the call `steps[index]` and return what was seen of it."""
    call = steps[index]
    if not isinstance(call, Encode | Decode):
        raise ValueError(f"step {index} is {call}, wanted a call that encodes or decodes")
    watch = _Watch(index, call.instance)
    try:
        run(watch)
    except _Left:
        pass
    finally:
        watch.remove_hooks()
    return Capture(watch.state, tuple(watch.modules))


class _Watch:
    """The observer: it counts steps, looks at the state before the call, and hooks the network for its duration."""

    def __init__(self, index: int, instance: str | None) -> None:
        self.index = index
        self.instance = instance
        self.seen = 0
        self.state: State | None = None
        self.modules: list[tuple[str, Array]] = []
        self._hooks: list[Any] = []

    def __call__(self, _: Step, instances: dict[str, Instance]) -> None:
        self.seen += 1
        if self.seen > self.index:
            raise _Left
        if self.seen == self.index and self.instance is not None:
            watched = instances[self.instance]
            self.state = watched.live_state() if isinstance(watched, Settled) else watched.state()
            if isinstance(watched, Layered):
                self._hook(watched.network)

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

    def remove_hooks(self) -> None:
        """Take the hooks off, and turn what they recorded into arrays."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self.modules = [(name, _array(tensor)) for name, tensor in self.modules]


def _array(tensor: Any) -> Array:
    # numpy has no bfloat16, and float64 holds every value of the narrower kinds.
    return np.asarray(tensor.double() if tensor.is_floating_point() else tensor)
