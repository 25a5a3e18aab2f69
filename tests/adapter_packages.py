"""A package with an adapter in it, and the identity that its codec has in a process of its own."""

import subprocess
import sys


def identity(folder):
    code = "from harness.codecs.identity import code_sha256; print(code_sha256('mycodec.adapter:Codec'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def package(folder):
    (folder / "mycodec").mkdir()
    (folder / "mycodec" / "__init__.py").write_text("")
    (folder / "mycodec" / "adapter.py").write_text("import numpy\nfrom .network import forward\nclass Codec: ...\n")
    (folder / "mycodec" / "network.py").write_text("import kernels\ndef forward(): ...\n")
    (folder / "mycodec" / "report.py").write_text("")
    (folder / "kernels.py").write_text("x = 1\n")
