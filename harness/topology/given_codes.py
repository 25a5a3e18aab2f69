"""
The codes that a decoder alone is given of an utterance: those of a file, or those of another codec's encoder.

Everything else is handed an utterance as `handed` returns it: as speech, or in its place as samples that carry codes
(`harness.codecs.decoder_alone`).
"""

import hashlib
import math
from collections.abc import Callable

import numpy as np

from harness.audio.utterance import NO_RECORDING, CodesFile, Utterance
from harness.audio.waveform import Waveform, resample
from harness.codecs.opening import open_codec
from harness.codecs.protocol import CodecInfo, Codes
from harness.codecs.returned import checked_codes, guarded
from harness.codecs.sealed import SealedCodec
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed
from harness.files.arrays import read_array
from harness.topology.plan import hears_other
from harness.topology.setup import Case
from harness.topology.trace import whole_frames

Read = Callable[[Utterance], Waveform]

EDGE = 2  # frames by which encoders' ways to fill the ends of speech differ


def handed(
    utterance: Utterance, codec: SealedCodec, codes_from: CodecSpec | None, read: Read = Utterance.waveform
) -> Waveform:
    """
    Return what *codec* is handed of *utterance*: its speech, or for a decoder alone samples that carry its codes.

    codes_from : the codec that makes these; None if they are in a file
    read : reads the speech
    Raises `CodecFailed` if the codes are not there, or not for this codec.
    """
    if codec.recordings is None:
        return _spoken(utterance, codec.info.name, read)
    codes = codes_of(utterance, codec.info, codes_from)
    return Waveform(codec.recordings.carrier(codes), codec.info.sample_rate)


def heard(case: Case, read: Read = Utterance.waveform) -> tuple[Waveform, Waveform]:
    """
    Return what the codec of *case* is handed of the utterance and of the other speech, as `handed`.

    Where the topology has no other speech, its codes need not be there: the utterance stands for it.
    """
    spec = case.configuration.codec
    codec = open_codec(spec)
    main = handed(case.speech, codec, spec.codes_from, read)
    unheard = codec.recordings is not None and not hears_other(case.configuration.topology)
    return main, main if unheard else handed(case.other, codec, spec.codes_from, read)


def _spoken(utterance: Utterance, who: str, read: Read = Utterance.waveform) -> Waveform:
    """Return the speech that *who* encodes; raise `CodecFailed` if there is none."""
    if not utterance.recorded:
        raise CodecFailed(f"{who} encodes speech, and of the utterance {utterance.id!r} {NO_RECORDING}")
    return read(utterance)


def codes_of(utterance: Utterance, info: CodecInfo, codes_from: CodecSpec | None) -> Codes:
    """Return the codes (K, F) of *utterance* for a decoder alone that declares *info*, as `handed`."""
    if codes_from is not None:
        return _encoded(utterance, info, codes_from)
    if utterance.codes is None:
        raise CodecFailed(
            f"{info.name} has no encoder, and the utterance {utterance.id!r} has no codes; name a .npy file of them "
            "with codes = ... in a manifest of speech, or a codec that makes them: codes_from = ... in a suite, or "
            "--codes-from"
        )
    return _read(utterance, utterance.codes, info)


def _encoded(utterance: Utterance, info: CodecInfo, spec: CodecSpec) -> Codes:
    """Return the codes that another codec's encoder makes, frame by frame."""
    codec = open_codec(spec)
    made = codec.info
    if codec.recordings is not None:
        raise CodecFailed(f"codes_from = {spec.name!r}: that codec has no encoder either; name one that has")
    for what, ours, theirs in (
        ("codebooks", info.codebooks, made.codebooks),
        ("bins (0 for latents)", info.bins, made.bins),
        ("frames a second", 1 / info.frame_seconds, 1 / made.frame_seconds),
    ):
        if ours != theirs:
            raise CodecFailed(
                f"{info.name} takes codes of {ours:g} {what}, but codes_from = {spec.name!r} makes {theirs:g}; "
                "name the codec that it decodes"
            )
    pcm = whole_frames(resample(_spoken(utterance, spec.name), made.sample_rate).samples, made)
    instance, size, where = codec.open(), made.frame_size, f"encode by {spec.name}"
    parts = [
        guarded(where, lambda at=at: instance.encode(pcm[at : at + size].copy()))  # type: ignore[misc]
        for at in range(0, len(pcm), size)
    ]
    return checked_codes(np.concatenate(parts, axis=1), made, len(pcm) // size, where)


def _read(utterance: Utterance, file: CodesFile, info: CodecInfo) -> Codes:
    """Return the codes in a file; raise `CodecFailed` unless they are for a codec that declares *info*."""
    values = "float32 latents" if info.continuous else f"integers from 0 to {info.bins - 1}"
    wanted = f"{values}, of shape ({info.codebooks}, F), for {info.name}"
    array, content = read_array(file.path, CodecFailed, wanted=f"a .npy file of {wanted}")
    if file.sha256 is not None and (found := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise CodecFailed(
            f"{file.path}: sha256 is {found[:12]}... but the manifest says {file.sha256[:12]}...; restore the file, or "
            "correct the manifest if the change is meant"
        )
    for what, ours, theirs in (
        ("bins", info.bins, file.bins),
        ("frames a second", 1 / info.frame_seconds, file.frame_rate),
    ):
        if theirs is not None and not math.isclose(theirs, ours, rel_tol=1e-3):
            said = f"codes of {theirs:g} {what}, as the manifest says"
            raise CodecFailed(f"{file.path}: {said}; {info.name} has {ours:g}, wanted codes that are made for it")
    if (array.dtype.kind == "f") != info.continuous:
        raise CodecFailed(f"{file.path}: {array.dtype} of shape {array.shape}; wanted {wanted}")
    if array.ndim != 2 or array.shape[0] != info.codebooks or not array.shape[1]:
        raise CodecFailed(f"{file.path}: codes of shape {array.shape}; wanted {wanted}")
    _check_values(file, array, info, wanted)
    if utterance.recorded:
        _check_length(utterance, file, array.shape[1], info)
    return array.astype(info.codes_type)


def _check_values(file: CodesFile, array: Codes, info: CodecInfo, wanted: str) -> None:
    if info.continuous:
        if not np.isfinite(array.astype(np.float32)).all():
            raise CodecFailed(f"{file.path}: NaN or infinite latents; wanted {wanted}")
        return
    least, most = int(array.min()), int(array.max())
    if least < 0 or most >= info.bins:
        raise CodecFailed(f"{file.path}: codes from {least} to {most}; wanted {wanted}")


def _check_length(utterance: Utterance, file: CodesFile, frames: int, info: CodecInfo) -> None:
    speech = resample(utterance.waveform(), info.sample_rate)
    least, most = len(speech.samples), len(speech.samples) + info.delay
    if not least - EDGE * info.frame_size < frames * info.frame_size < most + EDGE * info.frame_size:
        raise CodecFailed(
            f"{file.path}: {frames} frames are {frames * info.frame_seconds:.2f} s, but {utterance.path.name} is "
            f"{speech.seconds:.2f} s; wanted the codes of that speech, at {1 / info.frame_seconds:g} frames a second"
        )
