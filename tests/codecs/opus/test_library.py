import numpy as np
import pytest

from harness.codecs.opus import library as libraries
from harness.codecs.opus.codec import OpusCodec
from harness.errors import MissingExtra, SuiteInvalid


def test_another_libopus_is_another_codec_that_reads_the_same_packets() -> None:
    bundled, other = OpusCodec(), OpusCodec(library="pyav")
    assert bundled.info.fingerprint != other.info.fingerprint
    assert "libopus 1." in other.info.description
    pcm = (0.1 * np.sin(np.arange(20 * 320) / 9)).astype(np.float32)
    codes = bundled.open().encode(pcm)
    np.testing.assert_allclose(other.open().decode(codes), bundled.open().decode(codes), rtol=0, atol=1e-4)


def test_a_name_that_there_is_not_and_a_library_that_is_missing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SuiteInvalid, match=r"library is '/lib/x\.so', wanted one of bundled, pyav, opuscodec, system"):
        OpusCodec(library="/lib/x.so")
    monkeypatch.setitem(libraries.LIBRARIES, "system", (lambda: None, "install libopus0 of your system"))
    with pytest.raises(MissingExtra, match="'system' is not installed; install libopus0"):
        OpusCodec(library="system")
