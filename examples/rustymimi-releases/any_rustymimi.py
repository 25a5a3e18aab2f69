"""`rustymimi` of any release: before 0.4.1 the number of codebooks could not be chosen, before 0.2.2 nor the length."""

import inspect
from typing import Any

import rustymimi

from harness.codecs.rustymimi import RustyMimiCodec


class AnyRustyMimi(RustyMimiCodec):
    """The codec `rustymimi` without the arguments that the installed release does not know."""

    def _tokenizer(self) -> Any:
        known = inspect.signature(rustymimi.Tokenizer).parameters
        wanted = {"num_codebooks": self._codebooks, "max_seq_len": self._max_seq_len}
        return rustymimi.Tokenizer(str(self._path), **{name: value for name, value in wanted.items() if name in known})
