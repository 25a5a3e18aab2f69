"""A suite of latents: wirings of both sides and of the decoder alone, and wires of float32."""

import numpy as np
import pytest
from planted.latents import Latents

from harness.runs import suite as suites
from harness.runs.kept_trace import KeptTrace
from harness.runs.pipeline import run
from harness.runs.preparing import Options
from harness.topology.catalogue import find
from harness.topology.interpreter import run_topology


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    latents = {"adapter": "planted.latents:Latents"}
    content = {
        "speech": {"utterances": ["heart-01"]},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "codecs": {"both": latents, "alone": latents | {"alone": True, "codes_from": "both"}},
        "setups": [
            {"codec": ["both", "alone"], "topology": ["shared", "chunked-5"]},
            {"codec": "both", "wire": ["latent-bfloat16", "lose-frame", "swap-codebooks-0-1"]},
        ],
    }
    return run(
        suites.parse(content, "suite", folder, "latents"), folder, Options(repeat=False, explain=False), jobs=1
    ).record


def test_latents_are_wired_as_codes_are(record):
    verdicts = {setup.name: str(setup.verdict) for setup in record.setups}
    for codec in ("both", "alone"):
        assert verdicts[f"{codec}/shared"] == "identical"
        assert verdicts[f"{codec}/chunked-5"] == "equivalent"
    assert verdicts["both/shared/latent-bfloat16"] == "altered"
    cells = {cell.setup: cell for cell in record.cells}
    assert cells["alone/shared"].pcm_sha256 == cells["both/shared"].pcm_sha256
    assert all(cell.codebook_agreement == () for cell in record.cells)


def test_wires_of_codebooks_are_not_applicable_to_latents(record):
    assert set(record.not_applicable) == {"both/shared/lose-frame", "both/shared/swap-codebooks-0-1"}
    assert all("its codes are latents" in why for why in record.not_applicable.values())


def test_a_search_keeps_latents_as_they_were():
    codec = Latents()
    speech = np.random.default_rng(0).uniform(-0.1, 0.1, 2 * codec.info.frame_size).astype(np.float32)
    trace = run_topology(find("shared").topology, codec, speech, speech, prior_frames=1)
    kept = KeptTrace.model_validate_json(KeptTrace.of(trace).model_dump_json()).trace()
    assert kept.codes.dtype == np.float32
    assert np.array_equal(kept.codes, trace.codes)
