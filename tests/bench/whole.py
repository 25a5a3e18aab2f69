"""
What a cold run costs beside the work that must be done: the calls of the codecs, and the scorers. In processor time.

    python tests/bench/whole.py [opus] [mini]

A suite is run as a command with an empty store, and the processor time of that process and of all that it started is
taken. Then, in one process, the same is done bare: each stream through the adapter, frame by frame, and every different
output once through PESQ, STOI and the recogniser, by the harness's own functions, which are quicker than those of the
packages. Codecs and scorers are loaded there once, with the libraries that they are. A second run, in which workers
note how long they are in calls of the codecs, tells what repeats and explanations ask of them beside that. What is left
is overhead: starting, loading codecs and scorers again in each process, wiring, aligning, comparing, judging, keeping,
the report.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.audio import speech
from harness.audio import waveform as audio
from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform, resample
from harness.codecs.loading import load
from harness.codecs.protocol import Codec
from harness.metrics.alignment import AlignedPair
from harness.metrics.perceptual import signal_scores
from harness.metrics.whisper import recogniser
from harness.record import RunRecord
from harness.record import load as load_record
from harness.runtime.resources import CACHE_VARIABLE, cache_folder, fixture

ROOT = Path(__file__).resolve().parents[2]
COUNTING = Path(__file__).parent / "counting"
SUITES = {
    "opus": """
name = "opus"
[speech]
utterances = ["*-0*"]
[codecs.opus]
adapter = "opus"
bitrate = 9000
[codecs.pcm]
adapter = "pcm"
[[setups]]
codec = ["opus", "pcm"]
topology = ["shared", "cloned-decoder", "reset-every-frame-decoder", "cross-talk"]
""",
    "mini": """
name = "mini"
[speech]
utterances = ["*-04"]
[codecs.mini]
adapter = "mini"
[[setups]]
codec = "mini"
topology = ["shared", "cloned-decoder", "reset-every-frame-decoder", "cross-talk"]
""",
}
STREAMS = {"cross-talk": 2}  # through the codec at once; of all others one


def spent(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def cold(suite: str, folder: Path, *, counting: Path | None = None) -> tuple[float, Path]:
    """Return the processor time of a run from nothing, in seconds, and its folder; each process may be *counting*."""
    folder.mkdir()
    path, store = folder / f"{suite}.codec.toml", folder / "store"
    path.write_text(SUITES[suite], encoding="utf-8")
    store.mkdir()
    for file in cache_folder().glob("whisper-*"):  # converting the recogniser's weights is done once on a machine
        (store / file.name).symlink_to(file.resolve())
    environment = os.environ | {CACHE_VARIABLE: str(store), "PYTHONPATH": str(ROOT)}
    if counting is not None:
        counting.mkdir()
        environment |= {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, COUNTING))), "SECONDS": str(counting)}
    command = [sys.executable, "-m", "harness", "run", str(path), "--out", str(folder / "reports")]
    before = _children()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (run,) = (folder / "reports").iterdir()
    return _children() - before, run


def needed(run: Path) -> dict[str, float]:
    """Return the processor time of what the run in that folder could not do without, in seconds, by what it is."""
    record = load_record(run / "run.json", RunRecord)
    spoken = {one.id: one for one in speech.load(fixture("speech"))}
    codecs: dict[str, Codec] = {}

    def load_all() -> None:
        for name, spec in record.suite["codecs"].items():
            codecs[name] = load(spec["adapter"], spec["options"])
            codecs[name].open()

    short = spoken[record.utterances[0].id]
    found = {"loading": spent(load_all), "codec": 0.0, "PESQ and STOI": 0.0, "words": 0.0}
    for first in (_scored(short.waveform(), short.waveform()), _heard([short.waveform()], short)):
        found["loading"] += spent(first) - spent(first)  # the second time it is there already
    for utterance in record.utterances:
        uncoded = spoken[utterance.id].waveform()
        found["codec"] += sum(
            STREAMS.get(setup.name.partition("/")[2], 1) * spent(_bare(codecs[setup.codec], uncoded))
            for setup in record.setups
        )
        cells = [cell for cell in record.cells if cell.utterance == utterance.id]
        outputs = [audio.read(run / name) for name in sorted({cell.audio for cell in cells if cell.audio})]
        found["PESQ and STOI"] += sum(spent(_scored(uncoded, output)) for output in outputs)
        found["words"] += spent(_heard([uncoded, *outputs], spoken[utterance.id]))
    return found


def _bare(codec: Codec, wave: Waveform) -> Callable[[], Any]:
    size = codec.info.frame_size
    samples = resample(wave, codec.info.sample_rate).samples
    frames = [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
    instance = codec.open()
    return lambda: [instance.decode(instance.encode(frame)) for frame in frames]


def _scored(uncoded: Waveform, output: Waveform) -> Callable[[], Any]:
    length = min(len(uncoded.samples), len(output.samples))
    pair = AlignedPair(*(Waveform(one.samples[:length], one.sample_rate) for one in (uncoded, output)))
    return lambda: signal_scores(pair, ("pesq", "stoi"))


def _heard(signals: list[Waveform], utterance: Utterance) -> Callable[[], Any]:
    return lambda: recogniser.listen("tiny.en", signals, utterance.transcript, "en")


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(suite: str) -> tuple[float, dict[str, float]]:
    """Return the processor time of a cold run of *suite*, and of what it could not do without."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        whole, run = cold(suite, folder / "run")
        command = [sys.executable, __file__, "--needed", str(run)]
        parts: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        cold(suite, folder / "counted", counting=folder / "seconds")
        called = sum(float(file.read_text("utf-8")) for file in (folder / "seconds").iterdir())
        return whole, parts | {"repeats and explanations": called - parts["codec"]}


def told(suite: str) -> str:
    """Return in words what share of a cold run of *suite* is overhead."""
    whole, parts = measured(suite)
    over = whole - sum(parts.values())
    said = ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items())
    return f"{over / whole:.1%} ({over:.1f} of {whole:.1f} s; {said})"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--needed"]:
        print(json.dumps(needed(Path(sys.argv[2]))))
    else:
        for name in sys.argv[1:] or SUITES:
            print(f"{name}: {told(name)}", flush=True)
