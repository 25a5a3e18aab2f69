"""Shards come back to the run of one machine, and what is not all shards of one run is refused."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from campaign.records import lasting

from harness.errors import HarnessError, RecordInvalid
from harness.record import CELLS, RunRecord, load, save
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.merging import merge
from harness.runs.preparing import Options
from harness.runs.recorded import Run
from harness.runs.shards import SLIP, Shard, Slip
from harness.runs.since.reach import Reach, Reason, noted
from harness.runs.traces import Traces
from harness.runtime.pool import IsolatedPool
from harness.runtime.store import Store
from harness.runtime.workers import Workers

OF = 3
PLACE = {"cpus", "commit", "dirty"}  # of a record, beside what `lasting` leaves out
CONTENT: dict[str, Any] = {
    "speech": {"utterances": ["heart-04", "rms-04", "slt-04", "awb-01"]},
    "codecs": {"low": {"adapter": "opus", "bitrate": 9000}, "odd": {"adapter": "odd_when_repeated:Odd"}},
    "scores": {"asr": False, "pesq": False, "stoi": False},
    "setups": [
        {"codec": "low", "topology": ["shared", "cross-talk"]},
        {"codec": "low", "wire": "latent-noise"},
        {"codec": "odd", "topology": ["shared", "cross-talk"]},
    ],
}
# The same in every cell, and another in the fresh processes that are started when a run repeats it.
ODD = """
import os
from harness.codecs.pcm import PcmCodec, PcmInstance

class Odd(PcmCodec):
    def open(self):
        return OddInstance(self.info)

class OddInstance(PcmInstance):
    def decode(self, codes):
        return super().decode(codes) * (0.5 if os.environ.get("REPEATED") else 1.0)

    def clone(self):
        return OddInstance(self.info)
"""


@dataclass
class Made:
    """One run of a suite, its shards, and a pool to make others in."""

    whole: Path
    shards: list[Path]
    pool: IsolatedPool
    folder: Path

    def run(self, place: str, shard: Shard | None = None, *, repeat: bool = False, **changes: Any) -> Path:
        """Run the suite in a place and with a store of its own, as another machine would; return the run's folder."""
        traces = Traces(Workers(1, self.pool, Store(self.folder / f"store-{place}")))
        suite = suites.parse(CONTENT | changes, "test", self.folder, "sharded")
        return pipeline.run(suite, self.folder / place, Options(shard=shard, repeat=repeat), traces=traces).folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    (folder / "odd_when_repeated.py").write_text(ODD)
    with IsolatedPool(1) as pool, pytest.MonkeyPatch.context() as patch:
        pool.submit(os.getpid).result()
        patch.setenv("REPEATED", "1")
        made = Made(Path(), [], pool, folder)
        made.whole = made.run("one", repeat=True)
        made.shards = [made.run(f"shard-{at}", Shard(at, OF), repeat=True) for at in range(1, OF + 1)]
        yield made


@pytest.fixture
def copies(made, tmp_path):
    """The shards, to be spoilt."""
    return [shutil.copytree(shard, tmp_path / f"copy-{at}") for at, shard in enumerate(made.shards, 1)]


def placeless(told: Any) -> Any:
    """Return *told* but for times and what it says of the machine."""

    def without(value):
        if isinstance(value, dict):
            return {key: without(part) for key, part in value.items() if key not in PLACE}
        return [without(part) for part in value] if isinstance(value, list) else value

    return without(lasting(told))


def content(place: Path) -> Any:
    """Return what a record says, but for times and what it says of the machine."""
    told = json.loads(place.read_text())
    del told["cells"]["sha256"]  # of lines with times in them
    return placeless(told)


def files(folder: Path, pattern: str) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.glob(pattern))}


def test_the_shards_of_a_run_merge_into_the_run_of_one_machine(made, tmp_path):
    record, folder = merge(list(reversed(made.shards)), tmp_path)
    assert folder.name == made.whole.name
    assert content(folder / "run.json") == content(made.whole / "run.json")
    assert load(folder / "run.json", RunRecord) == record
    ours, theirs = ((place / CELLS).read_text().splitlines() for place in (folder, made.whole))
    assert len(ours) == len(theirs) == len(record.cells) == 4 * 4
    for one, other in zip(ours, theirs, strict=True):
        assert json.dumps(placeless(json.loads(one))) == json.dumps(placeless(json.loads(other)))
    heard, told = files(folder, "audio/*"), files(made.whole, "audio/*")
    assert {name: path.read_bytes() for name, path in heard.items()} == {
        name: path.read_bytes() for name, path in told.items()
    }
    assert not (folder / SLIP).exists()


def test_it_has_what_needs_all_cells(made):
    """Or the test above would compare little."""
    record = load(made.whole / "run.json", RunRecord)
    assert any(cell.localisation for cell in record.cells)
    assert any("does not give the same bits twice" in note for note in record.notes)
    assert record.not_applicable
    assert not record.met
    shard = load(made.shards[0] / "run.json", RunRecord)
    assert 0 < len(shard.utterances) < len(record.utterances)


def test_a_shard_is_read_back_and_a_merged_run_is_too(made, tmp_path):
    before = (made.shards[0] / "run.json").read_bytes()
    made.run("shard-1", Shard(1, OF))
    assert (made.shards[0] / "run.json").read_bytes() == before
    _, folder = merge(made.shards, tmp_path)
    merged = (folder / "run.json").read_bytes()
    shutil.copytree(folder, made.folder / "again" / folder.name)
    assert (made.run("again") / "run.json").read_bytes() == merged


def test_a_part_that_was_run_without_saying_so_becomes_a_shard(made):
    shard = made.shards[1]
    (shard / SLIP).unlink()
    made.run("shard-2", Shard(2, OF))
    assert load(shard / SLIP, Slip).shard == Shard(2, OF)


def refused(folders, out, said):
    with pytest.raises(HarnessError) as error:
        merge(folders, out)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not out.exists()


def test_a_missing_shard(copies, tmp_path):
    refused(copies[:1], tmp_path / "out", "2 of 3 shards are missing (2/3, 3/3)")


def test_a_repeated_shard(copies, tmp_path):
    again = shutil.copytree(copies[1], tmp_path / "copy-4")
    refused([*copies, again], tmp_path / "out", f"shard 2/3 is there twice: {copies[1]} and {again}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "other"}, "the suite: other, it is sharded there"),
        ({"speech": {"utterances": ["heart-04", "rms-04", "slt-04"]}}, "the speech: "),
        ({"codecs": CONTENT["codecs"] | {"low": {"adapter": "opus", "bitrate": 9600}}}, "codecs: "),
        ({"tolerances": {"word_share": 0.2}}, "the suite, the code of a codec or the speech was another"),
    ],
)
def test_a_shard_of_something_else(change, said, made, copies, tmp_path):
    other = made.run(f"other-{len(said)}", Shard(3, OF), **change)
    refused([*copies[:2], other], tmp_path / "out", f"{other}: is no shard of the same run as {copies[0]}: {said}")


def test_a_shard_of_another_number_of_shards(made, copies, tmp_path):
    other = made.run("of-two", Shard(2, 2))
    refused([copies[0], other], tmp_path / "out", "the number of shards: 2, it is 3 there")


def test_shards_of_two_versions_of_the_harness(copies, tmp_path):
    place = copies[2] / "run.json"
    record = load(place, RunRecord)
    slip = load(copies[2] / SLIP, Slip)
    save(place, record.model_copy(update={"provenance": record.provenance.model_copy(update={"harness": "9.9"})}))
    save(copies[2] / SLIP, slip.model_copy(update={"whole": "0" * 64}))
    refused(copies, tmp_path / "out", "codec-harness: 9.9, it is 0.1.0 there")


def test_a_codec_that_declares_something_else_under_the_same_fingerprint(copies, tmp_path):
    place = copies[2] / "run.json"
    record = load(place, RunRecord)
    codec, *others = record.codecs
    save(place, record.model_copy(update={"codecs": (codec.model_copy(update={"delay": codec.delay + 5}), *others)}))
    refused(copies, tmp_path / "out", f"codec {codec.name}, delay: {codec.delay + 5}, it is {codec.delay} there")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def changed(path: Path) -> None:
    path.write_text(path.read_text().replace('"identical"', '"corrupt"', 1).replace('"number": 2', '"number": 1'))


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("run.json", gone, "shard 2/3 was not finished: there is no run.json; run it again with --shard 2/3"),
        ("run.json", cut, "that is not JSON"),
        ("run.json", changed, "not as it was written"),
        (SLIP, gone, "is no shard: there is no shard.json"),
        (SLIP, cut, "shard.json"),
        (SLIP, changed, "not as it was written"),
    ],
)
def test_a_shard_that_is_half_written_or_changed(name, spoil, said, copies, tmp_path):
    spoil(copies[1] / name)
    refused(copies, tmp_path / "out", said)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [cut, gone, flipped])
@pytest.mark.parametrize("of", ["cells", "utterances"])
def test_audio_that_is_not_what_the_shard_has_written(of, spoil, copies, tmp_path):
    record = load(copies[1] / "run.json", RunRecord)
    name = next(one.audio for one in getattr(record, of) if one.audio)
    spoil(copies[1] / name)
    with pytest.raises(RecordInvalid, match="is missing, or not what the shard has written"):
        merge(copies, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*/run.json"))


def test_a_shard_that_is_run_again_mends_the_speech_that_merge_refused(made, tmp_path):
    place = made.shards[1]
    speech = place / load(place / "run.json", RunRecord).utterances[0].audio
    cut(speech)
    with pytest.raises(RecordInvalid, match="or run --shard 2/3 again"):
        merge(made.shards, tmp_path / "out")
    made.run("shard-2", Shard(2, OF))
    assert merge(made.shards, tmp_path / "out").record.complete


def test_with_a_codec_that_cannot_be_used_it_is_the_run_of_one_machine_too(made, tmp_path):
    changes: dict[str, Any] = {
        "codecs": {"pcm": {"adapter": "pcm"}, "gone": {"adapter": "nosuch:Codec"}},
        "setups": [{"codec": ["pcm", "gone"], "topology": ["shared", "offline"]}],
    }
    whole = made.run("gone-whole", **changes)
    shards = [made.run(f"gone-{at}", Shard(at, 2), **changes) for at in (1, 2)]
    record, folder = merge(shards, tmp_path)
    assert content(folder / "run.json") == content(whole / "run.json")
    assert not record.met
    assert record.notes[0].startswith("The codec gone cannot be used, so all its cells failed: ")
    assert Run.read(folder).record == record


def test_what_was_not_run_since_a_commit_is_said_of_the_merged_run_too(made, copies, tmp_path):
    reach = Reach("HEAD", 1, ("low/shared", "left/shared"), (Reason(("x.py",), "it is x", frozenset({"low/shared"})),))
    for copy in copies:
        save(copy / "run.json", noted(reach, load(copy / "run.json", RunRecord)))
    whole = noted(reach, load(made.whole / "run.json", RunRecord))
    assert whole.notes[0] == "Not run, since nothing that they depend on changed since HEAD: left/shared."
    assert merge(copies, tmp_path / "out").record.notes == whole.notes


@pytest.mark.parametrize("name", ["../../secret", "audio/../../../secret", "/etc/passwd"])
def test_a_record_names_no_file_outside_of_its_folder(name, copies, tmp_path):
    (tmp_path / "secret").write_text("a secret")
    record = load(copies[1] / "run.json", RunRecord)
    spoken = record.utterances[0].model_copy(update={"audio": name})
    save(copies[1] / "run.json", record.model_copy(update={"utterances": (spoken, *record.utterances[1:])}))
    with pytest.raises(RecordInvalid, match="not what the shard has written"):
        merge(copies, tmp_path / "out")


def test_a_run_that_is_no_shard(made, tmp_path):
    refused([made.whole], tmp_path / "out", "is no shard: there is no shard.json")


def test_cells_of_two_kinds_of_machine_are_of_no_class_of_machine(copies, tmp_path):
    record = load(copies[0] / "run.json", RunRecord)
    other = record.provenance.model_copy(update={"machine": "aarch64", "processor": "ARM asimd"})
    save(copies[0] / "run.json", record.model_copy(update={"provenance": other}))
    merged, _ = merge(copies, tmp_path)
    assert merged.provenance.machine == f"aarch64 + {record.provenance.machine}"
    assert merged.provenance.processor == f"ARM asimd + {record.provenance.processor}"
