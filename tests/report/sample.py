"""Sample runs for the report's tests: real speech, plainly damaged, with every odd case that a record can hold."""

import hashlib
from pathlib import Path

import numpy as np

from harness.audio import waveform as audio
from harness.record import (
    Cell,
    Cells,
    CodecRecord,
    Expectation,
    Measurement,
    Provenance,
    RunRecord,
    SetupRecord,
    Transcript,
    UtteranceRecord,
    Verdict,
    Word,
    WordChange,
    save,
)
from harness.runs.timing import ELSEWHERE

SPEECH = Path(__file__).parents[2] / "fixtures" / "speech"
FRAME = 640  # samples at 16 kHz: 40 ms
RATE = 16_000

SAID = {
    "slt-01": "the boat was tied to a post near the old stone bridge",
    "awb-01": "please bring the blue folder to the meeting at noon",
    "low-01": "we saw three small birds on the wire this morning",
}
KINDS = {  # how the sample damages speech -> verdict
    "shared": Verdict.IDENTICAL,
    "cloned-decoder": Verdict.IDENTICAL,
    "offline": Verdict.EQUIVALENT,
    "dirty-clone": Verdict.ALTERED,
    "reset-every-frame": Verdict.DEGRADED,
    "cross-talk": Verdict.CORRUPT,
    "broken": Verdict.UNDEFINED,
}


def damage(samples: audio.Samples, kind: str, start: int) -> audio.Samples:
    """Return speech *samples* as the sample's pretended wiring *kind* gives them, from frame *start* on."""
    rng = np.random.default_rng(7)
    coded = samples + rng.normal(0, 0.002, len(samples)).astype(np.float32)
    begin = start * FRAME
    if kind == "offline":
        coded = coded + rng.normal(0, 1e-5, len(coded)).astype(np.float32)
    elif kind == "dirty-clone":
        coded[: 6 * FRAME] += rng.normal(0, 0.02, 6 * FRAME).astype(np.float32)
    elif kind == "reset-every-frame":
        tail = coded[begin:]
        tail[:: FRAME // 4] = 0
        coded[begin:] = np.convolve(tail, np.ones(5) / 5, "same")
    elif kind == "cross-talk":
        frames = coded[begin : len(coded) // FRAME * FRAME].reshape(-1, FRAME)
        coded[begin : begin + frames.size] = rng.permutation(frames).ravel()
    return coded.astype(np.float32)


def sha(samples: audio.Samples) -> str:
    """Return the hash of *samples*."""
    return hashlib.sha256(samples.tobytes()).hexdigest()


def transcript(said: str, *, lost: int = 0) -> Transcript:
    """Return *said* as heard, with the first *lost* words changed, one deleted and one inserted if any are lost."""
    words = said.split()
    changes, heard, at = [], [], 0.3
    for index, word in enumerate(words):
        kind, text = "equal", word
        if index < lost:
            kind, text = ("deleted", "") if index == 1 else ("substituted", "gar" + word[::-1])
        end = at + 0.25
        changes.append(
            WordChange(kind=kind, reference=word, heard=text, start=at if text else None, end=end if text else None)
        )
        if text:
            heard.append(Word(text=text, start=at, end=end))
            at = end + 0.02
    if lost:
        changes.append(WordChange(kind="inserted", reference="", heard="uh", start=at, end=at + 0.2))
        heard.append(Word(text="uh", start=at, end=at + 0.2))
    deleted = 1 if lost > 1 else 0
    return Transcript(
        text=" ".join(word.text for word in heard),
        words=tuple(heard),
        changes=tuple(changes),
        hits=len(words) - lost,
        substitutions=lost - deleted,
        deletions=deleted,
        insertions=1 if lost else 0,
        findings=("repetition loop",) if lost > 3 else (),
    )


def measurements(verdict: Verdict, place: int) -> dict[str, Measurement]:
    """Return numbers that fit *verdict*; *place* varies them from utterance to utterance."""
    if verdict is Verdict.UNDEFINED:
        names = ("pesq_wb", "stoi", "wer", "wer_excess", "transcript_logp")
        return {name: Measurement.missing("the output is silent") for name in names}
    step = {
        Verdict.IDENTICAL: 0.0,
        Verdict.EQUIVALENT: 0.0,
        Verdict.ALTERED: 0.1,
        Verdict.DEGRADED: 0.7,
        Verdict.CORRUPT: 1.2,
    }
    loss = step[verdict]
    exact = 1.0 if verdict is Verdict.IDENTICAL else 0.0
    corrupt = verdict is Verdict.CORRUPT
    values = {
        "pesq_wb": (2.6 - loss + 0.05 * place, "MOS-LQO"),
        "stoi": (0.94 - loss / 4 + 0.004 * place, "1"),
        "wer": (0.36 if corrupt else 0.0, "1"),
        "wer_floor": (0.0, "1"),
        "wer_excess": (0.36 if corrupt else 0.0, "1"),
        "word_errors": (4.0 if corrupt else 0.0, "words"),
        "reference_words": (11.0, "words"),
        "transcript_logp": (-0.3 - loss - 0.01 * place, "nat/token"),
        "si_sdr_db": (9.0 - 8 * loss, "dB"),
        "delay_ms": (0.0, "ms"),
        "gain_db": (-0.1, "dB"),
        "polarity": (1.0, "1"),
        "codes_equal": (exact, "bool"),
        "pcm_equal": (exact, "bool"),
        "amplitude_rms_db": (-0.2, "dB"),
        "amplitude_peak_db": (0.4, "dB"),
        "amplitude_crest_factor_db": (0.6, "dB"),
        "amplitude_dynamic_range_db": (0.3, "dB"),
        "amplitude_level_histogram_distance": (0.01, "1"),
        "amplitude_long_term_spectrum_distance_db": (0.5, "dB"),
        "amplitude_tilt_db_per_octave": (0.02, "dB/octave"),
    }
    found = {name: Measurement.of(value, unit) for name, (value, unit) in values.items()}
    return found | {"drift_ppm": Measurement.missing("the clip is too short to tell a drift")}


def cell(
    folder: Path, setup: str, kind: str, utterance: str, place: int, clean: audio.Samples, coded: audio.Samples
) -> Cell:
    """Return one cell, with its audio written below *folder*."""
    verdict = KINDS[kind]
    if verdict is Verdict.UNDEFINED:
        return Cell(
            setup=setup,
            utterance=utterance,
            key=f"{setup}{utterance}",
            verdict=verdict,
            reasons=("the codec raised ValueError: <b>bad</b> frame",),
            masked=False,
            first_diverging_frame=None,
            measurements=measurements(verdict, place),
            failure="ValueError: <b>bad</b> frame",
            frame_seconds=FRAME / RATE,
        )
    start = 12 + 5 * place
    samples = damage(clean, kind, start)
    frames = len(samples) // FRAME
    pairs = [(samples[i * FRAME : (i + 1) * FRAME], coded[i * FRAME : (i + 1) * FRAME]) for i in range(frames)]
    powers = [(float(np.mean((a - b) ** 2)), float(np.mean(b**2))) for a, b in pairs]
    errors = tuple(None if error == 0 else 10 * np.log10(error / (power + 1e-9)) for error, power in powers)
    differing = tuple(i for i, error in enumerate(errors) if error is not None and verdict.rank > 1)
    codes = tuple(differing[k::3] for k in range(4)) if verdict is Verdict.CORRUPT else ((),) * 4
    digest = sha(samples)
    name = f"audio/{digest[:16]}.flac"
    audio.write(folder / name, audio.Waveform(samples, RATE))
    return Cell(
        setup=setup,
        utterance=utterance,
        key=f"{setup}{utterance}",
        verdict=verdict,
        reasons={
            Verdict.IDENTICAL: ("bit for bit the reference setup's output",),
            Verdict.CORRUPT: ("4 of 11 words are wrong that the reference setup keeps", "PESQ-WB 1.40 instead of 2.60"),
        }.get(verdict, (f"it is {verdict}",)),
        masked=verdict is Verdict.CORRUPT and place != 1,
        first_diverging_frame=differing[0] if differing else None,
        measurements=measurements(verdict, place),
        transcript=transcript(SAID.get(utterance, utterance), lost=4 if verdict is Verdict.CORRUPT else 0),
        frame_seconds=FRAME / RATE,
        frame_error_db=errors,
        codebook_agreement=tuple(1 - len(row) / frames for row in codes),
        codes_differ=codes,
        codes_sha256=f"codes-{digest}",
        pcm_sha256=digest,
        audio=name,
        seconds_codec=0.4,
    )


def build(
    folder: Path,
    *,
    name: str = "sample",
    kinds: tuple[str, ...] = tuple(KINDS),
    codecs: tuple[str, ...] = ("mini",),
    relabel: dict[str, str] | None = None,
) -> RunRecord:
    """
    Write a run of *kinds* on three utterances of real speech into *folder* and return its record.

    relabel : kind -> the setup name to give it, so that two runs can differ in one setup
    """
    utterances, cells, setups = [], [], []
    speech = {}
    for id_, said in SAID.items():
        waveform = audio.read(SPEECH / f"{id_}.flac")
        samples = waveform.samples[: 3 * RATE]
        speech[id_] = samples
        audio.write(folder / "audio" / "speech" / f"{id_}.flac", audio.Waveform(samples, RATE))
        utterances.append(
            UtteranceRecord(
                id=id_,
                transcript=said,
                speaker=id_[:3],
                licence="CC0-1.0",
                seconds=3.0,
                sha256=f"speech-{id_}",
                audio=f"audio/speech/{id_}.flac",
                floor=transcript(said),
            )
        )
    for codec in codecs:
        for kind in kinds:
            setup = f"{codec}/{(relabel or {}).get(kind, kind)}"
            own = [
                cell(folder, setup, kind, id_, place, samples, damage(samples, "shared", 0))
                for place, (id_, samples) in enumerate(speech.items())
            ]
            cells += own
            setups.append(setup_record(setup, codec, kind, own))
    unmet = [setup for setup in setups if not setup.met]
    headline = f"All {len(setups)} setups are what they must be."
    if unmet:
        first = max(unmet, key=lambda setup: setup.verdict.rank)
        worst = f"{first.name} is {first.verdict}"
        headline = f"{len(unmet)} of {len(setups)} setups are not what they must be: {worst}."
    record = RunRecord(
        name=name,
        key="f" * 64,
        complete=True,
        met=not unmet,
        headline=headline,
        notes=(),
        seconds=42.0,
        provenance=provenance(),
        suite={
            "tolerances": {"pesq_wb_drop": 0.15, "stoi_drop": 0.02, "logp_drop": 0.35, "gain_change": 1.0},
            "setups": [
                {"name": one.name, "topology": {"about": f"it is {one.topology}"}, "wire": None} for one in setups
            ],
        },
        codecs=tuple(codec_record(codec) for codec in codecs),
        utterances=tuple(utterances),
        setups=tuple(setups),
        cells=Cells.of(cells),
    )
    save(folder / "run.json", record)
    return record


def setup_record(name: str, codec: str, kind: str, cells: list[Cell]) -> SetupRecord:
    """Return the judgement of *cells* as one setup."""
    worst = max(cells, key=lambda one: one.verdict.rank)
    expectation = Expectation(at_least=Verdict.IDENTICAL)
    if kind == "reset-every-frame":
        expectation = Expectation(at_most=Verdict.DEGRADED)
    if kind in ("offline", "dirty-clone"):
        expectation = Expectation(at_least=Verdict.ALTERED)
    met = worst.verdict is not Verdict.UNDEFINED and (
        expectation.at_least is None or worst.verdict.rank <= expectation.at_least.rank
    )
    clone = "clone" in kind
    return SetupRecord(
        name=name,
        codec=codec,
        topology=kind,
        reference=f"{codec}/shared",
        is_reference=kind == "shared",
        factors={
            "codec.adapter": codec,
            "topology.chunk": 1,
            "topology.order": "interleaved",
            "topology.encoder.calls": "streaming",
            "topology.encoder.reset": "never",
            "topology.encoder.crosstalk": False,
            "topology.decoder.calls": "offline" if kind == "offline" else "streaming",
            "topology.decoder.reset": "every-call" if kind == "reset-every-frame" else "never",
            "topology.decoder.instance": "clone" if clone else "shared",
            "topology.decoder.cloned": "before-use",
            "topology.decoder.dirty": kind == "dirty-clone",
            "topology.decoder.crosstalk": kind == "cross-talk",
        },
        diagram="a + E1 D1 E2 D2",
        expectation=expectation,
        verdict=worst.verdict,
        met=met,
        masked=sum(one.masked for one in cells),
        reasons=tuple(f"{worst.utterance}: {reason}" for reason in worst.reasons),
        worst_utterance=worst.utterance,
        timing={"encode_rtf": Measurement.missing(ELSEWHERE), "decode_rtf": Measurement.of(0.13, "1")},
        corpus={
            "wer": worst.measurements["wer"],
            "wer_excess": worst.measurements["wer_excess"],
            "stoi": worst.measurements["stoi"],
            "pesq_wb": worst.measurements["pesq_wb"],
            "pesq_wb_change": Measurement.of(-0.2, "MOS-LQO"),
            "pesq_wb_change_low": Measurement.of(-0.31, "MOS-LQO"),
            "pesq_wb_change_high": Measurement.of(-0.09, "MOS-LQO"),
        },
    )


def codec_record(name: str) -> CodecRecord:
    """Return a codec's facts."""
    return CodecRecord(
        name=name,
        adapter=name,
        options={},
        fingerprint="ab" * 32,
        sample_rate=RATE,
        frame_size=FRAME,
        codebooks=4,
        bins=1024,
        delay=0,
        stateful=True,
        tolerance=1e-4,
        description="a pretended codec",
    )


def provenance() -> Provenance:
    """Return where the sample pretends to come from."""
    return Provenance(
        created="2026-01-02T03:04:05Z",
        harness="0.1.0",
        python="3.11.2",
        platform="Linux",
        machine="x86_64",
        cpus=2,
        packages={"numpy": "2.2.6"},
        scorers={"pesq": "pesq 0.0.4, wb and nb"},
        recogniser={"model": "tiny.en", "temperature": 0},
        commit="0123abc",
        dirty=True,
        seeds={"bootstrap": 1},
        command="codec-harness run suite.toml",
    )
