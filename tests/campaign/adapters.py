"""
The campaign of odd adapters: all of `planted.odd`, beside the codec `pcm`, in a few runs. Run it as a script.

Each run must come to its end, name the odd codec in one line in the cells that reach the fault, and leave the cells of
`pcm`, and those of the odd codec that do not reach it, as they are.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planted.odd import DEADLY, HANGING, HARMLESS, ODD, Row

from harness.record import Cell, RunRecord, Verdict
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options

GOOD = ("shared", "cloned-decoder")
LIMIT = 2.0  # s for a call of a codec; the slowest that is not meant to hang takes milliseconds
LONGEST = 700  # characters of what a cell says


def run(rows: Mapping[str, Row], folder: Path, jobs: int = 2) -> RunRecord:
    """Run the adapters *rows* on one utterance beside `pcm`, without scores; return the record."""
    content = {
        "limit": LIMIT,
        "speech": {"utterances": ["heart-04"]},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "codecs": {"pcm": {"adapter": "pcm"}} | {how: {"adapter": "planted.odd:Odd", "how": how} for how in rows},
        "setups": [{"codec": "pcm", "topology": GOOD}]
        + [{"codec": how, "topology": list(dict.fromkeys(("shared", row.only)))} for how, row in rows.items()],
    }
    made = suites.parse(content, "odd adapters", Path(), "odd-adapters")
    return pipeline.run(made, folder, Options(repeat=False, explain=False), jobs=jobs).record


def wrong(rows: Mapping[str, Row], record: RunRecord) -> list[str]:
    """Return a line for each cell of *record* that is not as the table says."""
    cells = {cell.setup: cell for cell in record.cells}
    found = [f"pcm/{name}: {why}" for name in GOOD if (why := _not_good(cells[f"pcm/{name}"]))]
    for how, row in rows.items():
        reached = f"{how}/{row.only}"
        why = _not_named(row, cells[reached]) if row.wanted else _not_good(cells[reached])
        if row.two and why and _not_good(cells[reached]) is None:
            why = None  # one process did both, and there is nothing to be seen
        found += [f"{reached}: {why}"] if why else []
        if row.only != "shared" and (why := _not_good(cells[f"{how}/shared"])):
            found.append(f"{how}/shared, which the fault does not reach: {why}")
    if record.met == any(row.wanted for row in rows.values()):
        found.append(f"the run is {'' if record.met else 'not '}met")
    return found


def _not_good(cell: Cell) -> str | None:
    return None if cell.failure is None and cell.verdict is Verdict.IDENTICAL else f"{cell.verdict}: {cell.reasons[0]}"


def _not_named(row: Row, cell: Cell) -> str | None:
    said = cell.failure or ""
    one_line = said.isprintable() and len(said) <= LONGEST
    return None if cell.verdict is Verdict.UNDEFINED and re.search(row.wanted, said) and one_line else repr(said)


def main() -> None:
    """Run all of them, print figures, and exit with 1 if a cell is not as it must be."""
    bad: list[str] = []
    for name, rows in (("odd", ODD), ("hanging", HANGING), ("deadly", DEADLY), ("harmless", HARMLESS)):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            lines = wrong(rows, run(rows, Path(folder)))
        bad += lines
        print(f"{name}: {len(rows)} adapters, {len(lines)} not as they must be, {time.monotonic() - begun:.0f} s")
    _say(bad)
    sys.exit(1 if bad else 0)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"  {line}")


if __name__ == "__main__":
    main()
