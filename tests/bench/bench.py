"""
How fast and how big, as ratios of things timed side by side in one run: `nox -s bench`.

Prints a Markdown table. Each figure is wall time unless it says otherwise; run it on an idle machine. Pass names of
sections to run only those: start overhead whole matrix scoring gates search.
"""

import functools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import overhead as costs
import whole as runs

from harness.audio import speech
from harness.audio import waveform as audio
from harness.bisect.answer.page import listening_suite
from harness.bisect.probe.asking import Plan
from harness.bisect.request import Versions, versions
from harness.bisect.searches import search_history
from harness.metrics.alignment import AlignedPair
from harness.metrics.words import compare, word_error_rate
from harness.record import Transcript
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.conditions import ScoresTable
from harness.runs.scoring import Scorer
from harness.runs.suite import Suite
from harness.runtime.pool import IsolatedPool, cores
from harness.runtime.resources import fixture
from harness.runtime.store import Store

ROOT = Path(__file__).parents[2]
ROWS: list[tuple[str, str, str]] = []


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def row(what: str, got: str, target: str) -> None:
    ROWS.append((what, got, target))
    print(f"| {what} | {got} | {target} |", flush=True)


def start() -> None:
    """Time to the first line of help, and to an import."""
    for what, command in (
        ("codec-harness --help", ["-m", "harness", "--help"]),
        ("import harness", ["-c", "import harness"]),
        ("python alone", ["-c", "pass"]),
    ):
        process = functools.partial(subprocess.run, [sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        runs = [timed(process) for _ in range(7)]
        row(what, f"{statistics.median(runs):.3f} s", "0.3 s" if "harness" in what else "-")


def overhead() -> None:
    """What the harness costs beside the codec's own calls, and an entry of the store beside one of a database."""
    watch = costs.watched()
    for adapter, target in (("opus", "1.10"), ("pcm", "-")):
        bare, run = costs.of_calls(adapter, 120.0)
        row(f"CPU of a setup / of the calls alone, {adapter}",
            f"{run / bare:.2f} ({run - bare:.1f} microseconds more a frame)", target)  # fmt: skip
    del watch
    wrote, read, put, got = costs.of_store()
    row(f"CPU of {costs.ENTRIES} entries in the store / in a table of SQLite",
        f"{(wrote + read) / (put + got):.2f} ({wrote:.0f} + {read:.0f} / {put:.0f} + {got:.0f} microseconds)",
        "-")  # fmt: skip


def whole() -> None:
    """What share of a cold run is neither the codecs' nor the scorers' work; a codec that takes long, apart."""
    for suite, target in (("opus", "15 %"), ("mini", "-")):
        row(f"CPU of a cold run beside codec and scorers, {suite}", runs.told(suite), target)


def matrix() -> None:
    """The demo's matrix against one setup of each codec, then the same again unchanged."""
    demo = suites.load(fixture("suites") / "demo.toml")
    single = demo.only(("*/shared",))
    with tempfile.TemporaryDirectory() as folder:
        one = timed(lambda: fresh(single, Path(folder), "one"))
        whole = timed(lambda: fresh(demo, Path(folder), "all"))
        again = timed(lambda: stored(demo, Path(folder), "all"))
    cells = len(demo.setups) * 8
    row(f"demo matrix ({len(demo.setups)} setups, {cells} cells) / one setup of each", f"{whole / one:.2f}", "4")
    row("unchanged run / first run", f"{again / whole:.1%}", "10 %")
    row("one setup of each; matrix; unchanged", f"{one:.1f} s; {whole:.1f} s; {again:.1f} s", "-")
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    row("peak memory: this process + 2 x its largest child", f"{own + 2 * largest:.2f} GiB", "2 GiB")


def fresh(suite: Suite, folder: Path, name: str) -> None:
    """Run *suite* with a store of its own."""
    weights = os.environ.get("CODEC_HARNESS_CACHE")
    os.environ["CODEC_HARNESS_CACHE"] = str(folder / f"store-{name}")
    keep_weights(folder / f"store-{name}", weights)
    pipeline.run(suite, folder / name)


def stored(suite: Suite, folder: Path, name: str) -> None:
    os.environ["CODEC_HARNESS_CACHE"] = str(folder / f"store-{name}")
    pipeline.run(suite, folder / name)


def keep_weights(store: Path, where: str | None) -> None:
    """Link the converted recogniser weights into *store*: converting them is not what is timed."""
    store.mkdir(parents=True)
    shared = Path(where) if where else Path.home() / ".cache" / "codec-harness"
    for file in shared.glob("whisper-*"):
        (store / file.name).symlink_to(file.resolve())


def scoring() -> None:
    """The harness's scoring against the naive loop, one clip after the other, on the same decoded audio."""
    import pesq
    import pystoi
    import torch
    import whisper
    from whisper.normalizers import EnglishTextNormalizer

    from harness.codecs.loading import load
    from harness.metrics.whisper.weights import checkpoint
    from harness.topology.interpreter import run_topology
    from harness.topology.model import Topology
    from harness.topology.trace import whole_frames

    torch.set_num_threads(1)
    model = whisper.load_model(str(checkpoint("tiny.en")))
    normalise = EnglishTextNormalizer()
    chosen = [utterance for utterance in speech.load(fixture("speech")) if utterance.id != "heart-long"]
    codecs = [load("opus", {"bitrate": rate}) for rate in (6000, 9000, 16000, 24000)]
    pairs: dict[str, list[AlignedPair]] = {}
    for utterance in chosen:
        uncoded = utterance.waveform()
        for codec in codecs:
            main = whole_frames(uncoded.samples, codec.info)
            pcm = run_topology(Topology(), codec, main, main, prior_frames=1).pcm
            decoded = pcm[codec.info.delay : codec.info.delay + len(uncoded.samples)]
            pairs.setdefault(utterance.id, []).append(AlignedPair(uncoded, audio.Waveform(decoded, 16000)))
    seconds = sum(pair.reference.seconds for group in pairs.values() for pair in group)
    naive: list[float] = []
    heard = []

    def one_by_one() -> None:
        for utterance in chosen:
            for pair in pairs[utterance.id]:
                said, got = pair.reference.samples, pair.degraded.samples
                pesq.pesq(16000, said, got, "wb")
                pesq.pesq(16000, said, got, "nb")
                naive.append(pystoi.stoi(said, got, 16000))
                pystoi.stoi(said, got, 16000, extended=True)
                text = whisper.transcribe(model, got, fp16=False)["text"]
                heard.append(compare(utterance.transcript, text, normalise))

    ours: list[float] = []
    listened: list[Transcript | None] = []

    def harness(scores: ScoresTable) -> None:
        ours.clear()
        listened.clear()
        with tempfile.TemporaryDirectory() as folder, IsolatedPool(2) as pool:
            scorer = Scorer(pool, Store(Path(folder)), scores)
            waiting = []
            for utterance in chosen:
                group = pairs[utterance.id]
                signals = [scorer.signal(pair) for pair in group]
                waiting.append((signals, scorer.hear([pair.degraded for pair in group], utterance.transcript)))
            for signals, hearings in waiting:
                ours.extend(float(signal.result().measurements["stoi"].value or 0) for signal in signals)
                listened.extend(hearing.result().transcript for hearing in hearings)

    slow = cost(one_by_one)
    asked = {
        "wide band, CTranslate2": ScoresTable(asr="ct2:tiny.en"),
        "both bands": ScoresTable(pesq_nb=True),
        "wide band": ScoresTable(),  # last: its words are compared with the naive loop's
    }
    for what, scores in asked.items():
        fast = cost(functools.partial(harness, scores))
        row(f"scoring {seconds:.0f} s of audio: naive loop, both bands / harness, {what}, 2 workers",
            f"{slow[0] / fast[0]:.2f} wall, {slow[1] / fast[1]:.2f} CPU ({slow[1]:.0f} s / {fast[1]:.0f} s)",
            "8 CPU")  # fmt: skip
    largest = max(abs(a - b) for a, b in zip(naive, ours, strict=True))
    row("largest difference of STOI", f"{largest:.1e}", "1e-6")
    transcripts = [transcript for transcript in listened if transcript is not None]
    rates = f"{word_error_rate(heard).value:.4f} / {word_error_rate(transcripts).value:.4f}"
    row("corpus WER: naive / harness", rates, "equal")


def gates() -> None:
    """`pytest -m codec` on the guard suite alone: cold with one worker of xdist and with two, unchanged, collecting."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copy(fixture("suites") / "guard.codec.toml", place)
        shutil.copytree(ROOT / "fixtures" / "baselines", place / "baselines")
        cold, processor = {}, {}
        for workers in (1, 2):
            store = place / f"store-{workers}"
            keep_weights(store, os.environ.get("CODEC_HARNESS_CACHE"))
            before = processor_seconds()
            cold[workers] = gated(place, store, "-n", str(workers))
            processor[workers] = processor_seconds() - before
            shutil.rmtree(place / "reports")
        again = gated(place, place / "store-2")
        twice = gated(place, place / "store-2")
        collecting = gated(place, place / "store-2", "--collect-only")
        bare = timed(functools.partial(subprocess.run, [sys.executable, "-c", "import pytest"], check=True))
    row(
        "guard suite, cold, 1 worker / 2 workers", f"{cold[1]:.1f} s / {cold[2]:.1f} s = {cold[1] / cold[2]:.2f}", "1.6"
    )
    row("the same in processor time, which others on the machine disturb less",
        f"{processor[1]:.1f} s / {processor[2]:.1f} s", "as equal as can be")  # fmt: skip
    row("guard suite, cold, 2 workers", f"{cold[2]:.1f} s", "180 s")
    row("guard suite, unchanged: other folder; same folder", f"{again:.1f} s; {twice:.1f} s", "10 s")
    row("guard suite, collecting; python and pytest alone", f"{collecting:.2f} s; {bare:.2f} s", "1 s")


def processor_seconds() -> float:
    """Return the processor time of all finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def gated(folder: Path, store: Path, *options: str) -> float:
    """Time the gate of the suite in *folder*."""
    environment = {**os.environ, "CODEC_HARNESS_CACHE": str(store), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "codec", *options]
    return timed(
        functools.partial(subprocess.run, command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    )


def search() -> None:
    """The story's search against scoring all of its versions in full, and the same of a longer history."""
    story = Path(__file__).parents[2] / "examples" / "garbled-mimi" / "both.versions.toml"
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / "long.versions.toml"
        long.write_text(LONG_HISTORY, encoding="utf-8")
        for what, path in (("the story's 6 versions", story), ("256 versions of Opus", long)):
            request = versions(path, None, (), 300)
            place = Path(folder) / path.stem
            whole = cost(functools.partial(score_all, request, place))
            for why in (True, False):
                found = cost(functools.partial(answer, request, place, why))
                ratio = f"{whole[0] / found[0]:.1f} wall, {whole[1] / found[1]:.1f} CPU"
                seconds = f"{whole[0]:.0f} s / {found[0]:.0f} s wall, {whole[1]:.0f} s / {found[1]:.0f} s CPU"
                row(f"full matrix / search: {what}, which{' and why' * why}", f"{ratio} ({seconds})", "5")


LONG_HISTORY = """
name = "256 versions"
bad_if = "degraded"
[speech]
utterances = ["slt-04"]
[codecs.opus]
adapter = "opus"
bitrate = 16000
[start]
codec = "opus"
""" + "".join(
    f'[[versions]]\nname = "v{number}"\nset = {{ "path.gain" = {1 - number / 4000}'
    + (', "topology.decoder.reset" = "every-call"' if number == 171 else "")
    + " }\n"
    for number in range(256)
)


def cost(call: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds of *call*, its worker processes included; they must have ended by then."""

    def spent() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    before = spent()
    wall = timed(call)
    return wall, spent() - before


def score_all(request: Versions, folder: Path) -> None:
    """Run every version through the pipeline, scored in full."""
    history = request.history
    points = {version.name: history.point(index) for index, version in enumerate(history.versions)}
    fresh(listening_suite(points, history.conditions, ()), folder, "matrix")


def answer(request: Versions, folder: Path, why: bool) -> None:
    """Search from nothing, as `codec-harness bisect --no-report` does; without *why*, for the versions alone."""
    store = folder / f"store-search-{why}"
    keep_weights(store, os.environ["CODEC_HARNESS_CACHE"])
    os.environ["CODEC_HARNESS_CACHE"] = str(store)
    with request.inquiry(Plan(cores())) as inquiry:
        search_history(request.history, inquiry, explain=why)


SECTIONS = {one.__name__: one for one in (start, overhead, whole, matrix, scoring, gates, search)}

if __name__ == "__main__":
    print("| what | measured | target |\n|---|---|---|")
    for name in sys.argv[1:] or SECTIONS:
        SECTIONS[name]()
