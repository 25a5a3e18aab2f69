"""An empty torchaudio stands in where none can be loaded, and only as long."""

import importlib
import sys

import pytest

from harness.codecs.without_torchaudio import torchaudio_optional


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Put a torchaudio on the path that fails as *how* says, with a submodule imported before."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        monkeypatch.delitem(sys.modules, name)

    def made(how):
        (tmp_path / "torchaudio").mkdir()
        (tmp_path / "torchaudio" / "lib.py").write_text("")
        (tmp_path / "torchaudio" / "__init__.py").write_text(f"import torchaudio.lib\n{how}\n")
        monkeypatch.syspath_prepend(tmp_path)

    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        del sys.modules[name]


@pytest.mark.parametrize("how", ["raise OSError('libcudart.so: cannot open')", "raise ImportError('no')"])
def test_what_does_not_load_is_an_empty_module_within_and_nothing_after(broken, how):
    broken(how)
    with torchaudio_optional():
        torchaudio = importlib.import_module("torchaudio")
        assert not hasattr(torchaudio, "load")
        assert "torchaudio.lib" not in sys.modules
    assert "torchaudio" not in sys.modules


def test_it_is_gone_after_an_error_within_too(broken):
    broken("raise OSError('no')")
    with pytest.raises(KeyError), torchaudio_optional():
        raise KeyError("within")
    assert "torchaudio" not in sys.modules


def test_one_that_loads_is_the_real_one_and_stays(broken):
    broken("here = True")
    with torchaudio_optional():
        torchaudio = importlib.import_module("torchaudio")
        assert torchaudio.here
    assert sys.modules["torchaudio"] is torchaudio


def test_another_fault_of_it_is_not_hidden(broken):
    broken("1 / 0")
    with pytest.raises(ZeroDivisionError), torchaudio_optional():
        pass
