import subprocess
import sys

import pytest

from harness.bisect.history import commits
from harness.bisect.history import file as history
from harness.bisect.history.packages import environment
from harness.errors import CodecUnavailable, SuiteInvalid

HEAD = '[codecs.pcm]\nadapter = "pcm"\n[start]\ncodec = "pcm"\n'


def load(tmp_path, body, head=HEAD):
    path = tmp_path / "app.toml"
    path.write_text(head + body, encoding="utf-8")
    return history.load(path, limit=60)


def test_each_version_keeps_what_the_one_before_it_set(tmp_path):
    found = load(
        tmp_path,
        """
        [[versions]]
        name = "1"
        [[versions]]
        name = "2"
        set = { "topology.decoder.reset" = "every-call", "app.seed" = 42 }
        [[versions]]
        name = "3"
        set = { "path.source_rate" = 48000, "codec.sample_rate" = 8000 }
        """,
    )
    points = [found.point(index) for index in range(len(found.versions))]
    assert [point.topology.decoder.reset for point in points] == ["never", "every-call", "every-call"]
    assert [point.path.source_rate for point in points] == [None, None, 48000]
    assert points[2].codec.options == {"sample_rate": 8000}
    assert found.bad_if == "corrupt"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "got no versions; wanted exactly one of"),
        ('[[versions]]\nname = "1"\n', "at least a good and a bad version, got 1"),
        ('[[versions]]\nname = "1"\n[[versions]]\nname = "1"\n', "'1' occurs twice"),
        ('[[versions]]\nname = "1"\n[[versions]]\nname = "2"\nset = { "app" = 1 }\n', "version '2': factor 'app' is"),
        ('[[versions]]\nname = "1"\n[[versions]]\nname = "2"\nset = { "topology.chunk" = 0 }\n', "topology.chunk"),
        ('[checkpoints]\nfiles = "*.nothing"\n', "nothing matches"),
        ('[package]\nname = "-r evil"\nversions = ["1"]\n', "package.name"),
        ("[[versions]\n", "not TOML"),
        ('[[versions]]\nname = "1"\n[package]\nname = "x"\nversions = ["1"]\n', "got versions and package"),
    ],
)
def test_bad_files_are_refused_with_one_line(tmp_path, body, message):
    with pytest.raises(SuiteInvalid) as error:
        load(tmp_path, body)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_checkpoints_come_in_natural_order(tmp_path):
    for step in (10, 9, 100):
        (tmp_path / f"step-{step}.safetensors").write_bytes(b"")
    found = load(tmp_path, '[checkpoints]\nfiles = "*.safetensors"\n')
    assert [version.name for version in found.versions] == [f"step-{step}.safetensors" for step in (9, 10, 100)]
    assert found.point(0).codec.options["weights"] == str(tmp_path / "step-9.safetensors")


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    for number in (1, 2, 3):
        (folder / "version").write_text(str(number), encoding="utf-8")
        git("add", "version")
        git("commit", "-qm", f"change {number}")
        git("tag", f"v{number}")
    return folder


def test_commits_are_listed_oldest_first_and_built_in_folders_of_their_own(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_BUILDS", str(tmp_path / "builds"))
    found = commits.commits(repository, "v1", "v3")
    assert [commit.subject for commit in found] == ["change 1", "change 2", "change 3"]
    copy = [sys.executable, "-c", "import shutil; shutil.copy('version', 'built')"]
    folders = [commits.checkout(repository, commit.sha, [copy], limit=60) for commit in found]
    assert [(folder / "built").read_text() for folder in folders] == ["1", "2", "3"]
    (folders[0] / "built").write_text("kept", encoding="utf-8")
    assert commits.checkout(repository, found[0].sha, [copy], limit=60) == folders[0]
    assert (folders[0] / "built").read_text() == "kept"


def test_a_commit_that_does_not_build_or_hangs_says_so(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_BUILDS", str(tmp_path / "builds"))
    sha = commits.commits(repository, "v1", "v2")[0].sha
    with pytest.raises(CodecUnavailable, match="exit code 3: some error"):
        commits.checkout(
            repository, sha, [[sys.executable, "-c", "import sys; print('some error'); sys.exit(3)"]], limit=60
        )
    with pytest.raises(CodecUnavailable, match="was stopped after 1 s"):
        commits.checkout(repository, sha, [[sys.executable, "-c", "import time; time.sleep(60)"]], limit=1)


def test_commits_of_a_codec_that_does_not_come_from_the_checkout_are_refused(repository, tmp_path):
    commits_table = f'[commits]\nrepository = "{repository}"\ngood = "v1"\nbad = "v3"\n'
    with pytest.raises(SuiteInvalid, match=r"codecs.pcm: no option of it has {checkout}.*harness.codecs.command.serve"):
        load(tmp_path, commits_table)
    head = '[codecs.app]\nadapter = "command"\nserve = ["{checkout}/app"]\n[start]\ncodec = "app"\n'
    assert len(load(tmp_path, commits_table, head).versions) == 3


def test_commits_that_do_not_lead_to_each_other_are_refused(repository):
    with pytest.raises(SuiteInvalid, match="not an ancestor"):
        commits.commits(repository, "v3", "v1")
    with pytest.raises(SuiteInvalid, match="git:"):
        commits.commits(repository, "--upload-pack=x", "v1")


def test_a_requirement_is_never_an_option():
    with pytest.raises(CodecUnavailable, match="wanted NAME==VERSION"):
        environment(["-r requirements.txt"])
