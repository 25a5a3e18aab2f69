"""
The HTML report of a run, and its siblings for machines: pages that let a person see, hear and decide.

`render` makes `index.html` beside a run's `run.json`. `junit` and `summary` give the same verdicts to a build server
and to a pull request.
"""

from harness.report.machine_readable import junit, summary, write_siblings
from harness.report.page import render

__all__ = ["junit", "render", "summary", "write_siblings"]
