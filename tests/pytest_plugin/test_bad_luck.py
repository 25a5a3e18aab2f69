"""What can go wrong around a run: one clear message, nothing half-written, and what is finished is kept."""

import json

from harness.record import SEAL, sealing

LOUDER = """
from planted.faults import Sound, SoundInstance

class MyCodec(Sound):
    def wrap(self, instance):
        return Louder(self, instance)

class Louder(SoundInstance):
    def decode(self, codes):
        return self.inner.decode(codes) * 1.01
"""
CRASHING = """
import os, signal, sys
from pathlib import Path
here = Path(__file__).parent
if (here / "crash").exists():
    os.kill(os.getpid(), signal.SIGSEGV)
sys.path = [place for place in sys.path if Path(place) != here]
del sys.modules["pesq"]
import pesq  # the real one
"""
DYING = """
import os
from planted.faults import Sound

class MyCodec(Sound):
    def open(self):
        os._exit(7)
"""


def test_a_scorer_that_crashes_leaves_its_scores_undefined_which_never_passes(accepted):
    accepted.write("pesq.py", CRASHING)
    accepted.write("crash", "")
    accepted.write("my_codec.py", LOUDER)
    result = accepted.run_outside("-k", "shared and heart")
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines(["*PESQ-WB is undefined and was not: *ended its worker process (SIGSEGV(-11))*"])
    assert "Traceback" not in result.stdout.str()
    (accepted.path / "crash").unlink()  # and nothing else: what died is tried again
    accepted.run_outside("-k", "shared and heart").assert_outcomes(passed=1, deselected=9)


def test_a_codec_that_ends_its_process_fails_its_cells_and_no_others(accepted):
    suite = accepted.path / "mine.codec.toml"
    suite.write_text(suite.read_text() + '[codecs.dying]\nadapter = "dying:MyCodec"\n[[setups]]\ncodec = "dying"\n')
    accepted.write("dying.py", DYING)
    result = accepted.run("-k", "shared and heart")
    result.assert_outcomes(failed=1, passed=1, deselected=11)
    result.stdout.fnmatch_lines(
        ["the codec failed: the codec's process died: trace ended its worker process (EXIT(7)) in open"]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_folder_for_runs_that_cannot_be_written_is_one_clear_message(accepted):
    (accepted.path / "blocked").write_text("a file where the folder should be")
    result = accepted.run("--codec-out", "blocked", "-k", "shared and rms")
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines(["*blocked/*: cannot be written (*); make room or choose another folder for runs (*"])
    assert "Traceback" not in result.stdout.str()


def test_a_baseline_that_is_a_folder_is_one_clear_message(accepted):
    (accepted.path / "baselines/mine.json").unlink()
    (accepted.path / "baselines/mine.json").mkdir()
    result = accepted.run("-k", "shared and rms")
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines(
        ["*mine.json: cannot be read (it is a folder); wanted a baseline; restore it from version control"]
    )


def test_on_another_class_of_machine_measurements_decide_and_that_is_said(accepted):
    accepted.write("my_codec.py", LOUDER)
    path = accepted.path / "baselines/mine.json"
    baseline = json.loads(path.read_text())
    for setup in baseline["setups"].values():
        for cell in setup["utterances"].values():
            cell["runs"] = 3  # as if calibrated: here the bits would be demanded
    del baseline[SEAL]
    path.write_text(sealing(json.dumps(baseline)))
    accepted.run("-k", "shared and heart").stdout.fnmatch_lines(["it must give the same bits: 3 runs did *"])
    path.write_text(sealing(json.dumps(baseline | {"machine": baseline["machine"] | {"architecture": "vax"}})))
    result = accepted.run("-k", "shared and heart")
    result.assert_outcomes(passed=1, deselected=9)
    result.stdout.fnmatch_lines(["another class of machine, so bits were not demanded: architecture vax -> *"])
