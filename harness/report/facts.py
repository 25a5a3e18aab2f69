"""
What was run, in a sentence: codecs and speech. The page, its forms for machines and the terminal say the same.
"""

from pathlib import PurePath

from harness.files.places import ELSEWHERE, NOT_TOLD
from harness.record import CodecRecord, RunRecord

EMBEDDED = "embedded"
MOST_OPTIONS = 3


def what_was_run(record: RunRecord) -> str:
    """Return the codecs of *record* and its speech: how many utterances, how long, and where they are from."""
    seconds = sum(utterance.seconds for utterance in record.utterances)
    count = len(record.utterances)
    speech = f"{count} utterance{'' if count == 1 else 's'}" + (f", {seconds:.0f} s" if seconds else "")
    codecs = ", ".join(_codec(codec) for codec in record.codecs)
    return "; ".join(part for part in (codecs, ", ".join(filter(None, (speech, _source(record))))) if part)


def named(record: RunRecord) -> str:
    """Return how a run is called beside others: its name, the first letters of its id, and when it was made."""
    made = record.provenance.created[:16].replace("T", " ")
    return " ".join(part for part in (record.name, record.key and f"run {record.key[:8]}", made) if part)


def _codec(codec: CodecRecord) -> str:
    told = [f"{name} {value}" for name, value in codec.options.items() if isinstance(value, str | int | float)]
    adapter = [codec.adapter] if codec.adapter != codec.name else []
    inside = ", ".join([*adapter, *told[:MOST_OPTIONS]])
    return f"{codec.name} ({inside})" if inside else codec.name


def _source(record: RunRecord) -> str:
    speech = record.suite.get("speech")
    source = str(speech.get("source", "")) if isinstance(speech, dict) else ""
    if source == EMBEDDED:
        return "the embedded synthetic voices"
    told = source.partition("#")[0] if source.startswith(ELSEWHERE) else source  # the start of a hash
    parts = [part for part in PurePath(told).parts[-2:] if part not in (ELSEWHERE.strip("/"), "/")]
    return "" if not parts or source.startswith(NOT_TOLD) else f"from {'/'.join(parts)}"
