"""
The page of a search: the answer in words, its picture, the tables, and good and bad to listen to side by side.

The audio comes from an ordinary run of a few points (both ends, causes, the fix) through the pipeline, in the same
folder; its own report is linked.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from harness.bisect.answer import picture
from harness.bisect.answer.record import FactorsRecord, JointRecord, ProbeRecord, SearchRecord, VersionsRecord
from harness.bisect.probe.asking import Inquiry
from harness.bisect.probe.point import Bench, Point
from harness.codecs.spec import CodecSpec
from harness.files import no_links, write_whole
from harness.record import RunRecord
from harness.report import render
from harness.runs.pipeline import run as run_suite
from harness.runs.suite import Suite

HEARD = 2  # utterances to listen to
HISTORY_CAPTION = (
    "Each version that was judged, at what was measured of the utterance that decided; the best is on top. "
    "A hollow dot has no measurement: it was decided without one, or was not judged."
)
FACTORS_CAPTION = (
    "A row for each factor, a column for each probe, in the order in which they were made. Filled: the factor has its "
    "bad value. Coloured: it belongs to a cause. Last row: + good, \N{MULTIPLICATION SIGN} bad, ? cannot be judged."
)
STYLE = """
:root{color-scheme:light dark;--text:#1c1e21;--back:#fff;--soft:#f3f6fb;--line:#d5d9de;--dim:#5c6470;--link:#1a5fb4;
--good:#2a7f3e;--bad:#c0262d;--skip:#8a6400;--none:#8b929a}
@media(prefers-color-scheme:dark){:root{--text:#e6e6e6;--back:#17191c;--soft:#1f2833;--line:#444a52;--dim:#a3abb5;
--link:#7db3ff;--good:#6fd08c;--bad:#ff7b81;--skip:#e5c07b;--none:#7d858e}}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:var(--text);
background:var(--back);overflow-wrap:anywhere}
a{color:var(--link)}h2{margin-top:2.5rem}
.answer{border-left:4px solid var(--link);padding:.3rem 1rem;background:var(--soft)}
.answer p{margin:.6rem 0}.answer p:first-child{font-size:1.15rem}
.scroll{overflow-x:auto;margin:1rem 0}figure{margin:1rem 0}figcaption{color:var(--dim);font-size:.9rem}
table{border-collapse:collapse;overflow-wrap:normal}
th,td{padding:.3rem .7rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child{padding-left:0}
.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}.skip{color:var(--skip)}
audio{height:2.2rem;width:16rem;max-width:100%;display:block}code{font-size:.9em}
summary{cursor:pointer;color:var(--link);margin:1rem 0}
@media(max-width:40rem){.wide{min-width:56rem}.heard tr,.heard td,.heard th{display:block;border:0;padding:.1rem 0}
.heard tr{border-bottom:1px solid var(--line);padding:.5rem 0}.heard thead{display:none}}
"""


def publish(record: SearchRecord, points: Mapping[str, Point], inquiry: Inquiry, folder: Path) -> SearchRecord:
    """
    Write `index.html`, and a run of *points* (the first one is the good end) with their audio, into *folder*.

    Returns the record with the place of that run.
    """
    no_links(folder)
    suite = listening_suite(points, inquiry.bench, record.deciding[:HEARD])
    run, run_folder = run_suite(suite, folder, workers=inquiry.traces.workers, trace=inquiry.traces.group)
    render(run_folder)
    record = record.model_copy(update={"run": run_folder.name})
    write_whole(folder / "index.html", page(record, run))
    return record


def page(record: SearchRecord, run: RunRecord | None) -> str:
    """Return the page as HTML; everything that is not ours is escaped."""
    said = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in record.words.splitlines())
    parts = [f"<h1>{escape(record.name)}</h1>", f'<div class="answer">{said}</div>']
    parts.append(f"<p>Bad means <code>{escape(record.bad_if)}</code>. The search took {record.seconds:.1f} s.</p>")
    if run is not None and record.run is not None:
        parts += _audio(run, record.run)
    if record.versions is not None:
        parts += _history(record.versions)
    if record.factors is not None:
        parts += _factors(record.factors)
    if record.joint is not None:
        parts += _joint(record.joint)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(record.name)}</title><style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _history(record: VersionsRecord, title: str = "The history") -> list[str]:
    parts = [f"<h2>{escape(title)}</h2>", _figure(picture.history(record), HISTORY_CAPTION)]
    rows = []
    for version in record.versions:
        changes = ", ".join(f"{name} = {value}" for name, value in version.changes.items())
        rows.append([version.name, version.about, changes, *_judged(version.probe)])
    rows += [[probe.point[0], "", "", *_judged(probe)] for probe in record.unusable]
    parts.append(_table(["version", "about", "sets", "judged", "why"], rows))
    for change in record.changes:
        if change.why is not None:
            parts.append(f"<h2>{escape(change.before)} to {escape(change.after)}</h2>")
            parts += _factors(change.why)
    return parts


def _joint(record: JointRecord) -> list[str]:
    parts = []
    for one in record.rounds:
        parts += [f"<h2>{escape(one.good)} to {escape(one.bad)}</h2>", *_factors(one)]
    for step in record.steps:
        under = f"The history with {' + '.join(step.factors)}" if step.factors else "The history as at the start"
        parts += _history(step.history, under)
    return parts


def _factors(record: FactorsRecord) -> list[str]:
    rows = [
        [
            factor.factor,
            str(factor.good),
            str(factor.bad),
            ", ".join(factor.roles),
            "; ".join(" + ".join(partner) for partner in factor.partners),
            {True: "repairs", False: "still bad", None: ""}[factor.repairs_alone],
            str(factor.pairs),
        ]
        for factor in record.factors
    ]
    heads = ["factor", record.good, record.bad, "role", "with", "undone alone", "pairs of probes"]
    sets = [
        [" + ".join(found.factors), effect, found.proof, _probability(found.confidence)]
        for effect, some in (("breaks", record.causes), ("repairs", record.repairs))
        for found in some
    ]
    undoing = [
        [
            f"{control.remedy} = {control.remedy_value if control.fails else control.works}",
            f"{control.hazard} = {control.value}",
            "does not: bad with both, good without what it is to undo" if control.fails else "does, where it is there",
        ]
        for control in record.controls
    ]
    probes = [
        [str(number), " + ".join(probe.point) or "none", *_judged(probe), _repeats(probe), _seconds(probe)]
        for number, probe in enumerate(record.probes, 1)
    ]
    return [
        _table(heads, rows),
        _figure(picture.factors(record), FACTORS_CAPTION),
        _table(["smallest sets", "effect", "proof", "posterior"], sets),
        *([_table(["meant to undo", "what", "whether it does"], undoing)] if undoing else []),
        f"<details><summary>All {len(probes)} probes</summary>",
        _table(["probe", "at their bad value", "judged", "why", "judged so", "seconds"], probes),
        "</details>",
    ]


def _judged(probe: ProbeRecord | None) -> list[str]:
    return ["not probed", ""] if probe is None else [probe.judgement, probe.reason]


def _probability(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.4g}"


def _repeats(probe: ProbeRecord) -> str:
    times = f"{max(probe.good, probe.bad)} of {probe.good + probe.bad}"
    return times if probe.confidence is None else f"{times}, posterior {probe.confidence:.4g}"


def _seconds(probe: ProbeRecord) -> str:
    return "known already" if probe.seconds is None else f"{probe.seconds:.1f}"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(_cell(text) for text in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0"><table class="wide"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _figure(svg: str, caption: str) -> str:
    return f'<figure><div class="scroll" tabindex="0">{svg}</div><figcaption>{escape(caption)}</figcaption></figure>'


def _cell(text: str) -> str:
    kind = f' class="{text}"' if text in ("good", "bad", "skip") else ""
    return f"<td{kind}>{escape(text)}</td>"


def _audio(run: RunRecord, folder: str) -> list[str]:
    utterances = [utterance.id for utterance in run.utterances]
    top = "<td></td>" + "".join(f"<th>{escape(name)}</th>" for name in utterances)
    said = "".join(
        f"<td><i>{escape(utterance.transcript)}</i>{_player(folder, utterance.audio)}</td>"
        for utterance in run.utterances
    )
    rows = [f"<tr><th>uncoded</th>{said}</tr>"]
    cells = {(cell.setup, cell.utterance): cell for cell in run.cells}
    for setup in run.setups:
        heard = []
        for utterance in utterances:
            cell = cells[setup.name, utterance]
            text = cell.transcript.text if cell.transcript else cell.failure or ""
            heard.append(f"<td>{escape(str(cell.verdict))}: <i>{escape(text)}</i>{_player(folder, cell.audio)}</td>")
        rows.append(f"<tr><th>{escape(setup.name)}</th>{''.join(heard)}</tr>")
    return [
        "<h2>Side by side</h2>",
        f'<table class="heard"><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>',
        f'<p><a href="{escape(folder)}/index.html">The whole report of these points</a></p>',
    ]


def _player(folder: str, audio: str | None) -> str:
    if audio is None:
        return ""
    return f'<audio controls preload="none" src="{escape(folder)}/{escape(audio)}"></audio>'


def listening_suite(points: Mapping[str, Point], bench: Bench, utterances: tuple[str, ...]) -> Suite:
    """Return *points* as the setups of a suite, held against the first; *utterances* only, if there are any."""
    codecs: dict[str, CodecSpec] = {}
    setups = []
    good = next(iter(points))
    for name, point in points.items():
        kept = next((key for key, spec in codecs.items() if _same(spec, point.codec)), None)
        if kept is None:
            kept = point.codec.name if point.codec.name not in codecs else f"{point.codec.name}-{len(codecs)}"
            codecs[kept] = point.codec.model_copy(update={"name": kept})
        setups.append(point.setup(name, good).model_copy(update={"codec": kept}))
    speech = bench.speech.model_copy(update={"utterances": utterances or bench.speech.utterances})
    return Suite(
        name="listen",
        speech=speech,
        codecs=codecs,
        setups=tuple(setups),
        scores=bench.scores,
        tolerances=bench.tolerances,
    )


def _same(one: CodecSpec, other: CodecSpec) -> bool:
    return (one.adapter, one.options) == (other.adapter, other.options)
