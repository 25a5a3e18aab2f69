"""The parity card of two implementations (`harness.check.parity.card`) as a page."""

from harness.record import Frozen
from harness.report.templating import fill, static
from harness.runtime.version import __version__

STYLE = """
.same { color: var(--calm); }
.parted { color: var(--alarm); font-weight: 600; }
td.promise { min-width: 14rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
pre { padding: .6rem .9rem; overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
"""


def page(card: Frozen, command: str) -> str:
    """Return the page of *card*, whole in one file; *command* makes it again."""
    return fill("parity.html", card=card, command=command, style=static("base.css") + STYLE, version=__version__)
