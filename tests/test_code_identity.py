"""An edited line anywhere in a codec's own code must make its earlier results unusable."""

import subprocess
import sys

from harness.code_identity import code_sha256, describe
from harness.suite import CodecSpec


def identity(folder):
    code = "from harness.code_identity import code_sha256; print(code_sha256('mycodec.adapter:Codec'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def package(folder):
    (folder / "mycodec").mkdir()
    (folder / "mycodec" / "__init__.py").write_text("")
    (folder / "mycodec" / "adapter.py").write_text("import numpy\nfrom .network import forward\nclass Codec: ...\n")
    (folder / "mycodec" / "network.py").write_text("import kernels\ndef forward(): ...\n")
    (folder / "mycodec" / "report.py").write_text("")
    (folder / "kernels.py").write_text("x = 1\n")


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
    assert code_sha256("harness.codecs.opus:OpusCodec") != code_sha256("harness.codecs.pcm:PcmCodec")


def test_another_class_or_other_options_are_another_codec_whatever_the_fingerprint_says():
    def code(adapter, **options):
        return describe(CodecSpec(name="x", adapter=adapter, options=options))[1]

    assert code("planted.faults:Sound") != code("planted.faults:HalfGain")  # these inherit one fingerprint
    assert code("planted.faults:Sound") != code("planted.faults:Sound", inner="pcm")
    assert code("opus") == code("harness.codecs.opus:OpusCodec")
