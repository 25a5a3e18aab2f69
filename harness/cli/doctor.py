"""`codec-harness doctor`: what is installed, which weights are found, and the command that fixes what is missing."""

import sys

import click
from rich.markup import escape

from harness.cli.installation import examine
from harness.report.terminal import console


@click.command()
def doctor() -> None:
    """Say what is installed and what is missing; exit code 1 if the embedded suite could not run."""
    printer = console()
    findings = examine()
    for finding in findings:
        mark = "[green]ok[/]     " if finding.ok else "[bold red]missing[/]" if finding.needed else "[yellow]note[/]   "
        printer.print(f"{mark} {escape(finding.what)}: {escape(finding.found)}", soft_wrap=True)
        if not finding.ok:
            printer.print(f"        to fix it: {escape(finding.remedy)}", soft_wrap=True)
    sys.exit(1 if any(finding.needed and not finding.ok for finding in findings) else 0)
