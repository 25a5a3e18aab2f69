"""A codec by name and options."""

import json
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr

from harness.codecs.local_code import module_file, own_code
from harness.record import Frozen
from harness.runtime.importing import looking_beside


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two values of an option are the same to an adapter: true, 1 and 1.0 are not, as they are to `==`."""
    told = [json.dumps(value, sort_keys=True, default=repr) for value in (one, other)]
    return told[0] == told[1]


class CodecSpec(Frozen):
    """
    A codec to be made: an adapter and its options.

    codes_from : the codec whose encoder makes the codes of a decoder alone; None if they are in files
    resources : what a worker of a cluster must offer to run it, such as {"GPU": 1}; nothing on this machine
    Where else the adapter may lie, and what code it had when it was named, and where its module lay, are no part of
    that: no record holds them, and none can set them.
    """

    name: str
    adapter: str
    options: dict[str, Any]
    codes_from: "CodecSpec | None" = None
    resources: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    _folder: Path | None = PrivateAttr(default=None)
    _code: dict[str, str] = PrivateAttr(default_factory=dict)
    _module: tuple[str, str] | None = PrivateAttr(default=None)  # its name and its file, of one that is not installed

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same codec; its options are compared as `same_value` does."""
        if not isinstance(other, CodecSpec):
            return NotImplemented
        return super().__eq__(other) and same_value(self.options, other.options)

    def beside(self, folder: Path) -> Self:
        """Return this codec, whose adapter may be a module in *folder*, and whose code has to stay as it is now."""
        found = self.model_copy()
        found._folder = folder.resolve()
        with looking_beside(found._folder):
            found._code = own_code(self.adapter)
            file = module_file(self.adapter)
        found._module = None if file is None else (self.adapter.partition(":")[0], file)
        return found

    def other_module(self, other: "CodecSpec") -> tuple[str, str] | None:
        """Return the two files where the adapters' modules have one name and lie in two places; else None."""
        if self._module is None or other._module is None or self._module[0] != other._module[0]:
            return None
        return None if self._module[1] == other._module[1] else (self._module[1], other._module[1])

    def same_code(self, other: "CodecSpec") -> bool:
        """Tell whether both had the same code when they were named, wherever it lies."""
        return sorted(self._code.values()) == sorted(other._code.values())

    def taking_codes_from(self, other: "CodecSpec") -> Self:
        """Return this codec, a decoder alone, with *other* making its codes."""
        found = self.model_copy(update={"codes_from": other})
        found._folder, found._code, found._module = self._folder, self._code, self._module
        return found

    def around(self, adapter: str, options: dict[str, Any]) -> Self:
        """Return the codec that *adapter* makes around this one, whose adapter and options it is given as well."""
        inner = {"of": self.adapter, "given": self.options}
        found = self.model_copy(update={"adapter": adapter, "options": options | inner})
        found._folder, found._code, found._module = self._folder, self._code, self._module
        return found
