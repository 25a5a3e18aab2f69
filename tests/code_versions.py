"""
Which code each VERSION answers for, and the hash that this code had when it was last raised (`code_versions.toml`).

Code that decides a number has a VERSION beside it, which is part of every key that the number is kept under, and of
provenance. Whoever changes the code raises the VERSION and runs `python tests/code_versions.py`, which writes the new
hash. Docstrings, comments, layout and the number itself are not in the hash.
"""

import ast
import hashlib
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("code_versions.toml")

# The module that holds VERSION: the files of `harness` that it answers for, or a function of one.
CODE = {
    "harness.audio.waveform": ["audio/waveform.py:resample"],
    "harness.metrics.activity": ["metrics/activity.py", "metrics/filtering.py"],
    "harness.metrics.alignment": ["metrics/alignment.py", "metrics/filtering.py"],
    "harness.metrics.amplitude": ["metrics/amplitude.py"],
    "harness.metrics.clipping": ["metrics/clipping.py"],
    "harness.metrics.spectrum": ["metrics/spectrum.py"],
    "harness.metrics.glitches": ["metrics/glitches.py", "metrics/filtering.py"],
    "harness.metrics.delay": ["metrics/delay.py", "metrics/filtering.py"],
    "harness.metrics.perceptual": ["metrics/perceptual.py"],
    "harness.metrics.pesq": ["metrics/pesq.py"],
    "harness.metrics.replaced": ["metrics/replaced.py", "metrics/filtering.py"],
    "harness.metrics.signal": ["metrics/signal.py"],
    "harness.metrics.stoi": ["metrics/stoi.py"],
    "harness.metrics.whisper": ["metrics/whisper/*.py"],
    "harness.metrics.words": ["metrics/words.py"],
    "harness.runs.comparing": [
        "runs/comparing.py",
        "runs/tracing.py",
        "runs/unrecorded.py",
        "topology/running.py",
        "topology/setup.py",
        "topology/interpreter.py",
        "topology/trace.py",
        "codecs/returned.py",
        "topology/plan.py",
        "topology/seams.py",
        "topology/windows.py",
        "topology/batch_row.py",
        "topology/slots.py",
        "topology/slot_schedule.py",
        "topology/worst_row.py",
        "codecs/ownership.py",
        "codecs/ties.py",
        "topology/signal_path.py",
        "topology/sixteen_bits.py",
        "topology/wire.py",
        "topology/places.py",
    ],
    "harness.sensitivity": [
        "sensitivity/catalogue/*.py",
        "sensitivity/planted.py",
        "sensitivity/places.py",
        "sensitivity/plants.py",
        "sensitivity/probing.py",
        "sensitivity/subject.py",
        "sensitivity/window.py",
    ],
    "harness.topology.exact": ["topology/exact.py"],
    "harness.verdict": ["verdict/*.py", "runs/cells.py", "runs/summary.py"],
}


def state(module: str, root: Path = ROOT) -> tuple[int, str]:
    """Return the VERSION that is written in *module*, and the hash of the code that it answers for."""
    digest = hashlib.sha256()
    for pattern in CODE[module]:
        name, _, function = pattern.partition(":")
        for path in sorted((root / "harness").glob(name)):
            digest.update(f"{path.name} {_shape(_code(path, function))}\n".encode())
    place = root / module.replace(".", "/")
    body = ast.parse((place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).read_text()).body
    (version,) = (ast.literal_eval(node.value) for node in body if isinstance(node, ast.Assign) and _is_version(node))
    return version, digest.hexdigest()[:16]


def known() -> dict[str, tuple[int, str]]:
    """Return what the table holds."""
    return {name: (row["version"], row["code"]) for name, row in tomllib.loads(TABLE.read_text()).items()}


def complaint(module: str, now: tuple[int, str], kept: tuple[int, str] | None) -> str:
    """Say what is to be done about *module*; nothing if it is as the table has it."""
    if now == kept:
        return ""
    if kept is not None and now[0] == kept[0]:
        return (
            f"the code that VERSION of {module} answers for ({', '.join(CODE[module])}) has changed, and VERSION is "
            f"still {now[0]}: raise it to {now[0] + 1} and run `python {Path(__file__).name}` in tests/. If no number "
            f'can be another (a name, a refactoring), write code = "{now[1]}" into {TABLE.name} by hand.'
        )
    return f"{module}: run `python {Path(__file__).name}` in tests/ to write version {now[0]} and its hash down"


def _code(path: Path, function: str) -> ast.AST:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not function:
        return tree
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)


def _is_version(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["VERSION"]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _shape(node: object) -> object:
    """Return *node* without docstrings, VERSION and what is empty: the same for every version of Python."""
    if isinstance(node, list):
        return [_shape(one) for one in node if not (isinstance(one, ast.AST) and (_is_version(one) or _is_text(one)))]
    if isinstance(node, ast.AST):
        fields = [(name, _shape(value)) for name, value in ast.iter_fields(node) if name not in ("ctx", "kind")]
        return (type(node).__name__, [field for field in fields if field[1] not in ([], None)])
    return repr(node) if node is not None else None


def main() -> int:
    """Write the hashes of those whose version was raised; say which were not."""
    kept = known() if TABLE.exists() else {}
    found = {module: state(module) for module in CODE}
    refused = {
        module for module, now in found.items() if module in kept and now != kept[module] and now[0] == kept[module][0]
    }
    for module in sorted(refused):
        print(complaint(module, found[module], kept[module]), file=sys.stderr)
    rows = {module: kept[module] if module in refused else found[module] for module in sorted(CODE)}
    TABLE.write_text(
        "# Written by code_versions.py: the code that each VERSION stands for.\n"
        + "".join(f'\n["{module}"]\nversion = {number}\ncode = "{code}"\n' for module, (number, code) in rows.items())
    )
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
