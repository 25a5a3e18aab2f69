import pytest
from repository import git

from harness.bisect.history import file as history
from harness.errors import SuiteInvalid

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
        ('[commits]\ngood = "a"\nbad = "b"\nbuild = [["make"], []]\n', "commits.build.1"),
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
    git(folder, "init", "-q", "-b", "main")
    for number in (1, 2, 3):
        git(folder, "commit", "-q", "--allow-empty", "-m", f"change {number}")
        git(folder, "tag", f"v{number}")
    return folder


def test_commits_of_a_codec_that_does_not_come_from_the_checkout_are_refused(repository, tmp_path):
    commits_table = f'[commits]\nrepository = "{repository}"\ngood = "v1"\nbad = "v3"\n'
    with pytest.raises(SuiteInvalid, match=r"codecs.pcm: no option of it has {checkout}.*harness.codecs.command.serve"):
        load(tmp_path, commits_table)
    head = '[codecs.app]\nadapter = "command"\nserve = ["{checkout}/app"]\n[start]\ncodec = "app"\n'
    assert len(load(tmp_path, commits_table, head).versions) == 3
