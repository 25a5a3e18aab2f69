"""Decoders alone: the decoder of a codec that has both sides, right and wrong."""

from dataclasses import replace
from typing import Any

import numpy as np

from harness.codecs.loading import load
from harness.codecs.protocol import Side


class Decoder:
    """The decoder of *inner*, with a *fault*: state that a reset or a clone forgets, or one that writes to stdout."""

    inner: Any  # with calls that not every codec has

    def __init__(self, inner="mini", fault="none", declares=True, **options):
        self.inner, self.fault = load(inner, options), fault
        self.info = replace(
            self.inner.info,
            name=f"{inner}-decoder",
            encodes=not declares,
            fingerprint=f"{self.inner.info.fingerprint}:{fault}",
        )
        if hasattr(self.inner, "decode_offline"):
            self.decode_offline = self.inner.decode_offline
        if hasattr(self.inner, "open_batch"):
            self.open_batch = lambda rows: Rows(self.inner.open_batch(rows))

    def open(self):
        return Decoding(self.inner.open(), self.fault)

    def open_slots(self, rows):
        return Rows(self.inner.open_slots(rows))


class Decoding:
    def __init__(self, inner, fault):
        self.inner, self.fault = inner, fault

    def decode(self, codes):
        return self.inner.decode(codes)

    def reset(self, side):
        assert side is not Side.ENCODER
        if self.fault != "not-reset":
            self.inner.reset(Side.DECODER)

    def clone(self):
        return self if self.fault == "clone-is-itself" else Decoding(self.inner.clone(), self.fault)

    def state(self):
        return {name: value for name, value in self.inner.state().items() if name.startswith("decoder/")}


class Rows:
    """A batch, or slots, of which only the decoder is used."""

    def __init__(self, inner):
        self.inner = inner

    def decode(self, codes, *active):
        return self.inner.decode(codes, *active)

    def __getattr__(self, name):
        if name == "encode":
            raise AttributeError(name)
        return getattr(self.inner, name)


def write_codes(folder, ids, adapter="mini", **options):
    """Write the codes of embedded utterances as .npy files and a manifest that names them; return the manifest."""
    import shutil

    from harness.audio.speech import load as load_speech
    from harness.audio.waveform import resample
    from harness.runtime.resources import fixture
    from harness.topology.trace import whole_frames

    codec, rows = load(adapter, options), []
    (folder / "codes").mkdir(parents=True)
    for one in load_speech(fixture("speech")):
        if one.id not in ids:
            continue
        pcm = whole_frames(resample(one.waveform(), codec.info.sample_rate).samples, codec.info)
        np.save(folder / "codes" / f"{one.id}.npy", codec.open().encode(pcm).astype(np.int32))
        shutil.copy(one.path, folder / one.path.name)
        rows.append(
            f'[[utterances]]\nid = "{one.id}"\nvoice = "{one.speaker}"\n'
            f'file = "{one.path.name}"\nsha256 = "{one.sha256}"\n'
            f'transcript = "{one.transcript}"\nlicence = "{one.licence}"\ncodes = "codes/{one.id}.npy"\n'
        )
    rate = 1 / codec.info.frame_seconds
    head = f"schema = 1\n\n[codes]\nbins = {codec.info.bins}\nframe_rate = {rate}\n\n"
    (folder / "manifest.toml").write_text(head + "\n".join(rows))
    return folder / "manifest.toml"
