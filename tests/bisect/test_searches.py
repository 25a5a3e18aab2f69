"""Searches through the real pipeline, on PCM (fast, exact) and Opus."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

from harness.audio import speech
from harness.bisect.answer.page import page
from harness.bisect.answer.record import SearchRecord
from harness.bisect.answer.words import tell_factors, tell_versions
from harness.bisect.history import file as histories
from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.request import setups
from harness.bisect.search import Judged, Noise, Outcome, Rules
from harness.bisect.searches import inquiry, judge_one, search_history, search_setups
from harness.cli.main import cli
from harness.codecs.spec import CodecSpec
from harness.errors import UsageInvalid
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.runtime.resources import fixture
from harness.topology.model import DecoderWiring, Topology
from harness.topology.setup import Configuration
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire

PCM = CodecSpec(name="pcm", adapter="pcm", options={})
OPUS = CodecSpec(name="opus", adapter="opus", options={"bitrate": 9000})
CONDITIONS = Conditions(speech=SpeechTable(utterances=("rms-01",)), scores=ScoresTable(asr=False))
NAMES = ("good", "bad")
PLAN = Plan(jobs=1, rules=Rules(verify=2))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("CODEC_HARNESS_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _same_cache(_own_store, cache, monkeypatch):
    """Searches build on each other here, so they share one store."""
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(cache))


def search(good, bad, bad_if="not-identical", plan=PLAN):
    with inquiry(CONDITIONS, parse(bad_if), plan) as asked:
        return search_setups(good, bad, NAMES, asked)


def search_file(path):
    found = histories.load(path, limit=60)
    with inquiry(found.conditions, parse(found.bad_if), Plan(jobs=1)) as asked:
        return found, search_history(found, asked)


def sets(found):
    return {"+".join(one.factors) for one in found}


@pytest.fixture(scope="module")
def two_causes(cache):
    assert cache.is_dir()
    good = Configuration(codec=OPUS)
    bad = Configuration(
        codec=OPUS,
        topology=Topology(decoder=DecoderWiring(instance="clone", reset="every-call")),
        wire=Wire(fault="repeat-previous", every=3),
        path=SignalPath(int16=True),
    )
    return good, bad, search(good, bad, "degraded")


def test_both_causes_are_found_and_the_clone_is_innocent(two_causes):
    _, _, record = two_causes
    assert sets(record.causes) == {"topology.decoder.reset", "wire.every+wire.fault"}
    assert {repair.factors for repair in record.repairs} >= {("topology.decoder.reset", "wire.fault")}
    roles = {factor.factor: factor.roles for factor in record.factors}
    assert roles["topology.decoder.instance"] == ("harmless",)
    assert roles["path.int16"] == ("harmless",)
    assert record.complete
    words = tell_factors(record, "degraded")
    assert "topology.decoder.reset = every-call alone breaks it" in words
    assert "leaves it bad, since another cause remains" in words
    assert "innocent" in words


def test_a_second_search_makes_no_probe(two_causes):
    good, bad, record = two_causes
    again = search(good, bad, "degraded")
    assert again.made == 0
    assert all(probe.remembered for probe in again.probes)
    assert [probe.figures for probe in again.probes] == [probe.figures for probe in record.probes]
    assert sets(again.causes) == sets(record.causes)


def test_the_page_escapes_what_it_is_given(two_causes):
    _, _, record = two_causes
    evil = record.model_copy(update={"good": "<script>alert(1)</script>"})
    text = page(SearchRecord(name="<b>", bad_if="a < b", words="<i>", seconds=1, factors=evil), None)
    assert "<script>" not in text
    assert "<b>" not in text
    assert "<svg" in text


def history(tmp_path, *settings, head='bad_if = "not-identical"\n'):
    path = tmp_path / "app.toml"
    tables = [f'[[versions]]\nname = "{number}"\nset = {{ {text} }}\n' for number, text in enumerate(settings)]
    head += '[speech]\nutterances = ["rms-01"]\n[scores]\nasr = false\n[codecs.pcm]\nadapter = "pcm"\n'
    path.write_text(head + '[start]\ncodec = "pcm"\n' + "".join(tables), encoding="utf-8")
    return path


def test_a_history_with_what_changed_explained(tmp_path):
    path = history(
        tmp_path,
        "",
        '"app.seed" = 1',
        '"topology.decoder.instance" = "clone"',
        '"path.gain" = 0.5, "topology.order" = "sequential"',
        '"app.seed" = 2',
        '"topology.chunk" = 2',
    )
    found, record = search_file(path)
    assert [(change.before, change.after, change.becomes) for change in record.changes] == [("2", "3", "bad")]
    assert sets(record.changes[0].why.causes) == {"path.gain"}
    words = tell_versions(record, found.bad_if)
    assert "It breaks in 3: 2 is still good." in words
    assert "path.gain = 0.5 alone breaks it" in words
    alike = [version.probe for version in record.versions[:2]]
    assert alike[0] is not None
    assert alike[1].remembered  # it differs from the first in nothing that is measured


def test_what_is_lost_little_by_little_is_explained_against_the_first_version(tmp_path):
    steps = [f'"path.gain" = {gain}, "topology.chunk" = {chunk}' for chunk, gain in ((2, 0.86), (3, 0.72), (4, 0.6))]
    found, record = search_file(history(tmp_path, "", *steps, head='bad_if = "level_db < good - 2"\n'))
    assert [(change.before, change.after) for change in record.changes] == [("1", "2")]
    assert sets(record.changes[0].why.causes) == {"path.gain"}  # against version 1 it is 1.5 dB softer, and so not bad
    words = tell_versions(record, found.bad_if)
    assert "path.gain = 0.72 alone breaks it" in words
    assert "cannot be reproduced" not in words


def test_a_version_that_cannot_run_is_skipped_with_its_reason(tmp_path):
    path = history(tmp_path, "", '"codec.sample_rate" = -1', '"codec.sample_rate" = 16000, "path.gain" = 0.5')
    _, record = search_file(path)
    assert record.changes[0].hidden == ("1",)
    assert "1" in {version.name for version in record.versions if version.probe.judgement == "skip"}
    words = tell_versions(record, "not-identical")
    assert "Skipped: 1." in words
    assert "; 2 of 3 judged." in words


@pytest.mark.parametrize(("gain", "judgement"), [(1.0, Judged.GOOD), (0.5, Judged.BAD)])
def test_one_judgement(gain, judgement):
    good, point = Configuration(codec=PCM), Configuration(codec=PCM, path=SignalPath(gain=gain, int16=False))
    with inquiry(CONDITIONS, parse("not-identical"), Plan(jobs=1)) as asked:
        assert judge_one(good, point, asked).judgement is judgement


def test_ends_that_are_alike_are_an_answer():
    good, bad = Configuration(codec=PCM), Configuration(codec=PCM, topology=Topology(chunk=3))
    record = search(good, bad)
    assert (record.outcome, record.causes) == (Outcome.BOTH_GOOD, ())
    assert "cannot be reproduced" in tell_factors(record, "not-identical")


def test_noise_repeats_probes_and_is_never_remembered_as_certain():
    good, bad = Configuration(codec=PCM), Configuration(codec=PCM, path=SignalPath(gain=0.5))
    plan = Plan(jobs=1, rules=Rules(Noise(0.1, 0.1)))
    record = search(good, bad, plan=plan)
    assert record.made == 2 * 3  # three that agree: wrong once in 730
    assert record.confidence == pytest.approx((729 / 730) ** 2)


def test_setups_that_do_not_differ_are_refused():
    with pytest.raises(UsageInvalid, match="differ in nothing"):
        setups("opus/shared", "opus/shared", None, None, ())
    with pytest.raises(UsageInvalid, match="needs --good and --bad"):
        setups("opus/shared", None, None, None, ())


def invoke(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_exit_codes_are_those_of_git_bisect_run(tmp_path):
    good = history(tmp_path, "", '"app.seed" = 1')
    assert invoke("bisect", "--versions", good, "--exit-code", "--jobs", 1).exit_code == 0
    bad = history(tmp_path, "", '"path.gain" = 0.5')
    assert invoke("bisect", "--versions", bad, "--exit-code", "--jobs", 1).exit_code == 1
    unusable = history(tmp_path, "", '"codec.sample_rate" = -1')
    assert invoke("bisect", "--versions", unusable, "--exit-code", "--jobs", 1).exit_code == 125


def test_the_command_leaves_a_page_with_audio_and_json(tmp_path):
    path = history(tmp_path, "", '"topology.chunk" = 2', '"path.gain" = 0.5', '"app.seed" = 1')
    done = invoke("bisect", "--versions", path, "--out", tmp_path / "reports", "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert "It breaks in 2" in done.output
    (folder,) = (tmp_path / "reports").iterdir()
    record = SearchRecord.model_validate(json.loads((folder / "search.json").read_text(encoding="utf-8")))
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert record.run is not None
    assert record.versions is not None
    for source in {part.split('"')[0] for part in text.split('src="')[1:]}:
        assert (folder / source).is_file()
    assert text.count("<audio") >= 3
    assert [change.after for change in record.versions.changes] == ["2"]
    assert all(one.name < other.name for one, other in pairwise(record.versions.versions))


def test_json_is_all_that_is_printed(tmp_path):
    path = history(tmp_path, "", '"path.gain" = 0.5')
    done = invoke("bisect", "--versions", path, "--json", "--no-report", "--jobs", 1)
    found = SearchRecord.model_validate_json(done.stdout).versions
    assert found is not None
    assert found.changes[0].after == "1"


def test_diff_lists_factors():
    done = invoke("diff", "opus/shared", "opus/dirty-clone")
    assert done.exit_code == 1
    assert "topology.decoder.dirty" in done.output
    same = invoke("diff", "opus/shared", "opus/shared")
    assert (same.exit_code, "differ in nothing" in same.output) == (0, True)


@pytest.mark.parametrize(("variants", "outcome"), [(0, Outcome.FOUND), (8, Outcome.BOTH_GOOD)])
def test_a_resampler_is_not_blamed_for_what_inaudible_variants_do(variants, outcome):
    """Opus at 6 kb/s does not follow the waveform: 0.09 dB of level move STOI as far."""
    table = SpeechTable(utterances=("low-04",), variants=variants)
    conditions = Conditions(speech=table, scores=ScoresTable(asr=False, pesq=False))
    low = CodecSpec(name="opus", adapter="opus", options={"bitrate": 6000})
    good = Configuration(codec=low)
    bad = Configuration(codec=low, path=SignalPath(source_rate=48_000))
    with inquiry(conditions, parse("degraded"), PLAN) as asked:
        assert search_setups(good, bad, NAMES, asked).outcome is outcome


def test_what_the_good_end_breaks_of_its_variants_is_said_and_excuses_nothing():
    """The codec is sound on the utterance as it is, and fails on a variant that is 0.02 dB louder."""
    loudest = float(
        np.abs(next(one for one in speech.load(fixture("speech")) if one.id == "rms-01").waveform().samples).max()
    )
    moody = CodecSpec(
        name="moody",
        adapter="planted.fickle:Fickle",
        options={"fault": "raises", "above": loudest * 10 ** (0.01 / 20)},
    )
    conditions = Conditions(
        speech=SpeechTable(utterances=("rms-01",), variants=3), scores=ScoresTable(asr=False, pesq=False)
    )
    good = Configuration(codec=moody)
    bad = Configuration(codec=moody, path=SignalPath(gain=0.5))
    with inquiry(conditions, parse("degraded"), PLAN) as asked:
        found = search_setups(good, bad, NAMES, asked)
    assert found.outcome is Outcome.FOUND
    (told,) = {probe.reason for probe in found.probes if probe.judgement is Judged.BAD}
    assert re.search(r"; the good end, given good \+0\.02 dB, which nobody hears, it fails: .*too loud today", told)
