"""`codec-harness bisect`: which difference, or which version, broke it."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from harness.bisect import request as search_request
from harness.bisect.answer.page import publish_search
from harness.bisect.answer.terminal import progress_line, show
from harness.bisect.probe.asking import Plan
from harness.bisect.search import Judged, Noise, Rules
from harness.cli.main import NOT_JUDGED
from harness.cli.options import NumberRange, refuse_given
from harness.files import file_name
from harness.report.terminal import console
from harness.runtime import calls, output
from harness.runtime.pool import cores

EXIT_CODES = {Judged.GOOD: 0, Judged.BAD: 1}


FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--good", metavar="SETUP", help="A setup that is good; written as for `diff`.")
@click.option("--bad", metavar="SETUP", help="A setup that is bad.")
@click.option("--suite", "suite_file", type=FILE, help="Where setups are named.")
@click.option("--versions", type=FILE, help="An ordered history (TOML) to search instead.")
@click.option(
    "--bad-if", metavar="RUNG|EXPR", help="corrupt, degraded, altered, not-identical, fails, or like 'stoi < 0.8'."
)
@click.option("--utterance", "utterances", multiple=True, metavar="ID", help="Only these utterances (patterns).")
@click.option("--verify", type=click.IntRange(min=0), metavar="N", help="Probes to check what the answer assumes.")
@click.option("--max-probes", type=click.IntRange(min=2), metavar="N", help="Most probes in all.")
@click.option("--error-rate", type=NumberRange(0, 0.5, max_open=True), default=0.0, help="How often a probe errs.")
@click.option("--reproduces", type=NumberRange(0, 1, min_open=True), default=1.0, help="How often a fault shows.")
@click.option("--confidence", type=NumberRange(0.5, 1, min_open=True), default=0.99, show_default=True)
@click.option("--limit", type=NumberRange(1, calls.MOST), default=300.0, help="Seconds for one build or step (300).")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes; all cores if not given.")
@click.option("--fresh", is_flag=True, help="Use no probe of an earlier search.")
@click.option("--no-report", is_flag=True, help="Only print the answer; leave no page with the audio.")
@click.option("--out", type=FOLDER, default=Path("reports"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the search record instead of words.")
@click.option("--exit-code", is_flag=True, help="Only judge BAD against GOOD: exit 0, 1, or 125 if it cannot be done.")
def bisect(
    good: str | None,
    bad: str | None,
    suite_file: Path | None,
    versions: Path | None,
    bad_if: str | None,
    utterances: tuple[str, ...],
    verify: int | None,
    max_probes: int | None,
    error_rate: float,
    reproduces: float,
    confidence: float,
    limit: float,
    jobs: int | None,
    fresh: bool,
    no_report: bool,
    out: Path,
    as_json: bool,
    exit_code: bool,
) -> None:
    """
    Find which differences between two setups, or which version of a history, broke it.

    Give --good and --bad, or --versions. Exit code 0 if the answer is a change or a cause, 1 if there is none to find
    (both ends good, ends swapped, cannot reproduce). A search that was stopped goes on where it was.
    """
    if versions is not None:
        refuse_given("does not go with --versions, whose ends are those of its file", "good", "bad", "suite_file")
    if exit_code:
        refuse_given("does not go with --exit-code, which says one line and searches nothing", "as_json")
    rules = Rules(Noise(error_rate, max(error_rate, 1 - reproduces)), confidence, 60, 3, verify, max_probes)
    request: search_request.Setups | search_request.Versions
    if versions is not None:
        request = search_request.versions(versions, bad_if, utterances, limit)
    else:
        request = search_request.setups(good, bad, suite_file, bad_if, utterances, limit)
    workers = jobs or cores()
    plan = Plan(workers, limit, rules, fresh)
    if exit_code:
        # Between two steps of `git bisect run` a program changes in its place: nothing kept may be used.
        with request.inquiry(replace(plan, fresh=True)) as inquiry:
            judgement, reason = request.judge(inquiry)
        output.say(f"{judgement}: {reason}")
        sys.exit(EXIT_CODES.get(judgement, NOT_JUDGED))
    with progress_line() as progress, request.inquiry(replace(plan, progress=progress)) as inquiry:
        record = request.search(inquiry)
        folder = out / f"bisect-{file_name(record.name)}"
        printer = console()
        if not as_json:
            show(record, printer)  # before the report: the answer is worth more than what may not be writable
        try:
            if not no_report:
                record, page = publish_search(record, request.to_hear(record), inquiry, folder)
        finally:
            if as_json:
                output.say_json(record.model_dump_json(indent=1))
    if not (as_json or no_report):
        printer.print(f"report: {page}", soft_wrap=True, markup=False)
    sys.exit(0 if record.found else 1)
