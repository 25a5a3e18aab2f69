"""
The templates and style sheets of all pages, and one rule for what they are given.

Whatever a page shows is escaped, unless a template says `safe`, which only our own scripts, styles and data do.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.errors import MissingExtra
from harness.runtime.text import printable

_HERE = Path(__file__).parent


def fill(template: str, **values: Any) -> str:
    """Return *template*, a file of `templates/`, filled with *values*; raise `MissingExtra` if Jinja2 is missing."""
    check_installed("jinja2")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)


def _shown(value: Any) -> Any:
    """Return what a template prints; control characters of a text as escapes, as everywhere."""
    return printable(value) if type(value) is str else value  # not of our own markup


def static(*names: str) -> str:
    """Return files of `static/`, one after the other."""
    return "".join((_HERE / "static" / name).read_text(encoding="utf-8") for name in names)


def check_installed(*packages: str) -> None:
    """Raise the `MissingExtra` that says how to install what a page needs, if it is not there."""
    for name in packages:
        if find_spec(name) is None:
            raise MissingExtra(f"the report needs {name}; install it: pip install 'codec-harness[report]'")
