"""A suite of a decoder alone: it gives what the whole codec gives, and what is of the encoder is told, not run."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from planted.decoders import write_codes

from harness.codecs.identity import Described
from harness.codecs.loading import load
from harness.errors import SuiteInvalid
from harness.runs import suite as suites
from harness.runs.applicable import applicable
from harness.runs.pipeline import run
from harness.runs.preparing import Options

PLACES = {"adapter": "planted.ends:Places", "places": 2, "declares": True}
SETUPS = ["shared", "takeover", "reuse-after-reset", "full-duplex", "tail-dropped", "slot-fork-2"]


def suite(topologies, **alone):
    return {
        "speech": {"utterances": ["heart-01"]},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "codecs": {
            "whole": {"adapter": "opus"},
            "alone": {"adapter": "planted.decoders:Decoder", "inner": "opus", "codes_from": "whole"} | alone,
        },
        "setups": [{"codec": ["alone"], "topology": topologies}, {"codec": "whole"}],
    }


def parsed(content, tmp_path):
    return suites.parse(content, "suite", tmp_path, "decoders")


def test_a_decoder_alone_is_wired_as_the_whole_codec_is(tmp_path):
    record = run(parsed(suite(SETUPS), tmp_path), tmp_path, Options(repeat=False, explain=False), jobs=1).record
    cells = {cell.setup: cell for cell in record.cells}
    assert cells["alone/shared"].pcm_sha256 == cells["whole/shared"].pcm_sha256
    assert cells["alone/shared"].codes_sha256 == cells["whole/shared"].codes_sha256
    verdicts = {setup.name: (str(setup.verdict), setup.met) for setup in record.setups}
    assert verdicts["alone/reuse-after-reset"] == verdicts["alone/slot-fork-2"] == ("identical", True)
    assert verdicts["alone/takeover"] == ("degraded", True)
    assert "another sound, first at" in cells["alone/takeover"].reasons[0]
    assert set(record.not_applicable) == {"alone/full-duplex", "alone/tail-dropped"}
    assert not set(record.not_applicable) & set(verdicts)
    assert any("Not applicable, and not run: alone/full-duplex" in note for note in record.notes)
    assert record.met


def test_a_fault_of_the_decoder_is_found(tmp_path):
    record = run(
        parsed(suite(SETUPS, fault="not-reset"), tmp_path), tmp_path, Options(repeat=False, explain=False), jobs=1
    ).record
    unmet = {setup.name for setup in record.setups if not setup.met}
    assert unmet == {"alone/reuse-after-reset"}


def test_room_for_instances_is_known_without_loading_the_codec_again(tmp_path):
    made = parsed(suite(["shared", "cloned-decoder", "use-closed"]), tmp_path).only(("alone/*",))
    info = load("opus", {}).info
    with ThreadPoolExecutor(1) as pool:
        pool.shutdown()  # it takes no task
        for capacity, left in ((None, 3), (2, 3), (1, 2)):
            found, why = applicable(made, {"alone": Described(info, "code", capacity)}, pool)
            assert len(found.setups) == left
    assert why == {"alone/cloned-decoder": "it needs 2 streams at once, and the codec has room for 1"}


def test_a_setup_whose_reference_is_not_applicable_is_not_either(tmp_path):
    content = suite(["shared", "full-duplex"])
    content["setups"].append({"codec": "alone", "topology": "takeover", "reference": "alone/full-duplex"})
    record = run(parsed(content, tmp_path), tmp_path, Options(repeat=False, explain=False), jobs=1).record
    assert "its reference alone/full-duplex is not" in record.not_applicable["alone/takeover"]


def test_a_suite_of_nothing_applicable_is_refused(tmp_path):
    content = suite(["full-duplex"])
    content["setups"] = [{"codec": "alone", "topology": "full-duplex", "reference": "alone/full-duplex"}]
    with pytest.raises(SuiteInvalid, match="no setup of the suite 'decoders' is applicable; alone/full-duplex"):
        run(parsed(content, tmp_path), tmp_path, Options(repeat=False, explain=False), jobs=1)


def test_what_a_manifest_states_of_codes_and_their_content_decide_a_run(tmp_path):
    manifest = write_codes(tmp_path / "speech", ["heart-01"], "opus")
    content = suite(["shared"]) | {"speech": {"source": str(manifest)}}
    del content["codecs"]["alone"]["codes_from"]

    def made():
        record = run(parsed(content, tmp_path), tmp_path, Options(repeat=False, explain=False), jobs=1).record
        return record.key, next(cell.failure for cell in record.cells if cell.setup == "alone/shared")

    right, failure = made()
    assert failure is None
    stated = manifest.read_text()
    manifest.write_text(stated.replace("bins = 256", "bins = 99"))
    wrong, failure = made()
    assert (wrong != right, "codes of 99 bins" in failure) == (True, True)
    manifest.write_text(stated)
    file = manifest.parent / "codes" / "heart-01.npy"
    np.save(file, np.load(file)[:-1])
    wrong, failure = made()
    assert (wrong != right, "codes of shape (39," in failure) == (True, True)


@pytest.mark.parametrize("named", ["alone", "nobody", 3])
def test_codes_come_from_another_codec_of_the_suite(tmp_path, named):
    with pytest.raises(SuiteInvalid, match=f"alone.codes_from: got {named!r}, wanted another codec"):
        parsed(suite(["shared"], codes_from=named), tmp_path)


def test_what_a_codec_lacks_for_several_streams_is_told_and_not_run(tmp_path):
    content = suite(["shared"]) | {"codecs": {"whole": {"adapter": "opus"}, "two": PLACES}}
    content["setups"] = [
        {"codec": "whole", "topology": ["shared", "batched-2", "slot-idle-2"]},
        {"codec": "two", "topology": ["shared", "in-turn-2", "in-turn-3"]},
    ]
    record = run(parsed(content, tmp_path), tmp_path, Options(repeat=False, explain=False), jobs=1).record
    why = record.not_applicable
    assert "has no batched calls (open_batch)" in why["whole/batched-2"]
    assert "needs 3 streams at once, and the codec has room for 2" in why["two/in-turn-3"]
    assert {cell.setup for cell in record.cells} == {setup.name for setup in record.setups}
    assert {setup.name for setup in record.setups} >= {"whole/shared", "two/shared", "two/in-turn-2"}
    assert record.met
