"""An edited line anywhere in a codec's own code must make its earlier results unusable."""

import pytest
from adapter_packages import identity, package

from harness.codecs.identity import code_sha256, describe
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable


def test_the_identity_changes_with_every_local_module_that_is_imported_and_with_no_other(tmp_path):
    package(tmp_path)
    before = identity(tmp_path)
    (tmp_path / "mycodec" / "report.py").write_text("unrelated = True\n")
    assert identity(tmp_path) == before
    for name in ("mycodec/adapter.py", "mycodec/network.py", "kernels.py"):
        file = tmp_path / name
        kept = file.read_text()
        file.write_text(kept + "# edited\n")
        assert identity(tmp_path) != before, name
        file.write_text(kept)
    assert identity(tmp_path) == before


def test_built_in_adapters_have_an_identity_of_their_own():
    assert code_sha256("harness.codecs.opus.codec:OpusCodec") != code_sha256("harness.codecs.pcm:PcmCodec")


def test_another_class_or_other_options_are_another_codec_whatever_the_fingerprint_says():
    def code(adapter, **options):
        return describe(CodecSpec(name="x", adapter=adapter, options=options))[1]

    assert code("planted.faults:Sound") != code("planted.faults:HalfGain")  # these inherit one fingerprint
    assert code("planted.faults:Sound") != code("planted.faults:Sound", inner="pcm")
    assert code("opus") == code("harness.codecs.opus.codec:OpusCodec")


def test_the_hash_of_the_code_may_be_handed_over():
    spec = CodecSpec(name="it", adapter="pcm", options={})
    assert describe(spec, code_sha256("harness.codecs.pcm:PcmCodec")) == describe(spec)
    assert describe(spec, "of other code")[1] != describe(spec)[1]


SLOW = """
import pathlib
from harness import load_codec
GAIN = {gain}
class Codec:
    def __init__(self):
        here = pathlib.Path(__file__)
        here.write_text(here.read_text().replace("GAIN = 1.0", "GAIN = 0.1"))  # somebody saves it meanwhile
        self.inner = load_codec("pcm", {{}})
        self.info = self.inner.info
    def open(self):
        return self.inner.open()
"""


def test_code_that_changes_while_a_codec_is_loaded_is_refused(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "saved_meanwhile.py").write_text(SLOW.format(gain=1.0))
    spec = CodecSpec(name="it", adapter="saved_meanwhile:Codec", options={})
    with pytest.raises(CodecUnavailable, match="saved_meanwhile changed while it was loaded; run it once more"):
        describe(spec)
    (tmp_path / "saved_at_rest.py").write_text(SLOW.format(gain=1.0).replace("here.write_text", "str"))
    assert describe(spec.model_copy(update={"adapter": "saved_at_rest:Codec"}))[1]


def test_a_module_that_is_found_elsewhere_once_the_codec_is_loaded_has_not_changed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "vendored_gains.py").write_text("GAIN = 1.0")
    (tmp_path / "vendored_gains.py").write_text("GAIN = 0.5")
    code = (
        "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent / 'vendor'))\n"
        "import vendored_gains\nfrom harness.codecs.pcm import PcmCodec as Codec\n"
    )
    (tmp_path / "vendoring.py").write_text(code)
    spec = CodecSpec(name="it", adapter="vendoring:Codec", options={}).beside(tmp_path)
    assert describe(spec)[0].name == "pcm"
