"""
Any external program as a codec.

Three forms, of which a suite chooses one by giving its list of arguments (never a line for a shell):

- `roundtrip`: one run reads `{in}`, a WAV file, and writes `{out}`, the decoded WAV file. There are no codes to see;
  the samples stand for them, as in `pcm`.
- `encode` and `decode`: one run each; codes travel as `.npy`, an integer array of shape (K, F).
- `serve`: one long-lived process that answers messages on standard input and output, and can so offer streaming state,
  reset and clone.

The first two start a new process for each call, so they have no streaming state: wire them with
`calls = "offline"`. `docs/command-adapter.md` shows all three.
"""

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from harness.audio.waveform import Samples
from harness.codecs.command.files import SUBTYPES, FileCodec
from harness.codecs.command.process import Loaded, Program
from harness.codecs.command.served import ServedCodec
from harness.codecs.pcm import BINS as SAMPLES_AS_CODES
from harness.codecs.protocol import CodecInfo, Codes, Instance
from harness.errors import SuiteInvalid
from harness.files.given import is_folder


class CommandCodec:
    """
    The codec `command`.

    roundtrip, encode and decode, serve : arguments of the program, the first one the program itself; `{in}` and `{out}`
        stand for the files of one call
    sample_rate, frame_size, codebooks, bins, delay, tolerance : as in `CodecInfo`; `serve` is told them by the program,
        `roundtrip` needs the first two, `encode` and `decode` the first four
    wav : samples of the WAV files that the program reads, `pcm16` or `float`; what it writes may be either
    slack : samples by which the program's output may be longer or shorter than its input; it is cut, or zeros are added
    limit : seconds that one call may take
    start_limit : seconds that `serve` may take until it first answers (it loads its weights then)
    folder : where the program runs, and what relative paths are relative to
    environment : variables on top of the harness's own
    """

    def __init__(
        self,
        roundtrip: list[str] | None = None,
        encode: list[str] | None = None,
        decode: list[str] | None = None,
        serve: list[str] | None = None,
        sample_rate: int = 0,
        frame_size: int = 0,
        codebooks: int = 0,
        bins: int = 0,
        delay: int = 0,
        tolerance: float = 0.0,
        wav: str = "pcm16",
        slack: int = 0,
        limit: float = 60.0,
        start_limit: float = 120.0,
        folder: str = ".",
        environment: dict[str, str] | None = None,
    ) -> None:
        self._again = partial(
            type(self), roundtrip, encode, decode, serve, sample_rate, frame_size, codebooks, bins, delay, tolerance,
            wav, slack, limit, start_limit, folder, environment,
        )  # fmt: skip
        given = {"roundtrip": roundtrip, "encode": encode, "decode": decode, "serve": serve}
        programs = {
            name: _program(name, arguments, Path(folder), environment or {})
            for name, arguments in given.items()
            if arguments is not None
        }
        if sorted(programs) not in (["roundtrip"], ["decode", "encode"], ["serve"]):
            raise SuiteInvalid(
                f"command: got {' and '.join(programs) or 'no program'}; wanted roundtrip, or serve, "
                "or encode and decode together"
            )
        _positive(limit=limit, start_limit=start_limit)
        sizes = {"sample_rate": sample_rate, "frame_size": frame_size, "codebooks": codebooks, "bins": bins}
        self._codec: FileCodec | ServedCodec
        if "serve" in programs:
            told = [name for name, size in (sizes | {"delay": delay, "tolerance": tolerance}).items() if size]
            if told:
                raise SuiteInvalid(f"command: {told[0]} is given, but a program that serves tells it itself; remove it")
            self._codec = ServedCodec(programs["serve"], limit=limit, start_limit=start_limit)
        else:
            if wav not in SUBTYPES:
                raise SuiteInvalid(f"command: wav is {wav!r}, wanted one of {', '.join(SUBTYPES)}")
            if "roundtrip" in programs:
                sizes |= {"codebooks": frame_size, "bins": SAMPLES_AS_CODES}
            _positive(**sizes)
            if not all(isinstance(number, int) for number in (*sizes.values(), delay, slack)):
                raise SuiteInvalid("command: rates, sizes, delay and slack are whole numbers")
            if delay < 0 or slack < 0 or not 0 <= tolerance < 1:
                raise SuiteInvalid("command: delay and slack are samples, 0 or more; tolerance is 0 to below 1")
            loaded = {name: Loaded(program) for name, program in programs.items()}
            self._codec = FileCodec(
                _file_info(loaded, sizes, delay, tolerance, (wav, slack)), loaded, wav, slack, limit
            )
        self.info = self._codec.info

    def connection(self) -> "CommandCodec":
        """Return the same codec with a program of its own: one that serves answers one request after the other."""
        return self._again()

    def open(self) -> Instance:
        """Return a fresh instance; of a program that works on whole files it takes one call per side."""
        return self._codec.open()

    def encode_offline(self, pcm: Samples) -> Codes:
        """Encode a whole signal in one run of the program, or in one call where `serve` offers no whole encoding."""
        return self._codec.encode_whole(pcm)

    def decode_offline(self, codes: Codes) -> Samples:
        """Decode all codes, as `encode_offline`."""
        return self._codec.decode_whole(codes)


def _file_info(
    programs: dict[str, Loaded], sizes: dict[str, int], delay: int, tolerance: float, settings: tuple[str, int]
) -> CodecInfo:
    options = hashlib.sha256(repr((sizes, delay, tolerance, settings)).encode()).hexdigest()[:16]
    contents = ":".join(program.fingerprint for program in programs.values())
    return CodecInfo(
        name="command",
        sample_rate=sizes["sample_rate"],
        frame_size=sizes["frame_size"],
        codebooks=sizes["codebooks"],
        bins=sizes["bins"],
        delay=delay,
        stateful=False,
        tolerance=tolerance,
        context=None,
        fingerprint=f"command:1:{contents}:{options}",
        description="whole files only, one call per stream: " + "; ".join(str(p.program) for p in programs.values()),
    )


def _positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
            raise SuiteInvalid(f"command: {name} is {number!r}, wanted a number above 0")


def _program(name: str, arguments: Any, folder: Path, environment: dict[str, str]) -> Program:
    if not isinstance(arguments, list) or not arguments or not all(isinstance(part, str) for part in arguments):
        raise SuiteInvalid(
            f"command: {name} is {arguments!r:.80}, wanted a list of arguments such as ['./app', '{{in}}', '{{out}}']; "
            "no shell is involved"
        )
    if not all(isinstance(part, str) for pair in environment.items() for part in pair):
        raise SuiteInvalid("command: environment wants text for every variable")
    if name != "serve":
        for place in ("{in}", "{out}"):
            if not any(place in argument for argument in arguments[1:]):
                raise SuiteInvalid(f"command: {name} has no {place} among its arguments; the program needs to be told")
    if not is_folder(folder):
        raise SuiteInvalid(f"command: folder {folder} does not exist")
    program = Program(tuple(arguments), folder, environment)
    program.executable()
    return program
