"""
The HTML report of a run, and its forms for machines: pages that let a person see, hear and decide.

`publish` writes all that is read of a run beside its `run.json`. `render` makes its page alone; `junit` and `summary`
give the same verdicts to a build server and to a pull request.
"""

from harness.report.machine_readable import junit, summary, write_machine_readable
from harness.report.page import render
from harness.report.publishing import Published, publish, published

__all__ = ["Published", "junit", "publish", "published", "render", "summary", "write_machine_readable"]
