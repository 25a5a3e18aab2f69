"""What the setups of a suite must be to each other: of one name each, and each held against something in the end."""

import pytest

from harness.codecs.spec import CodecSpec
from harness.errors import SuiteInvalid
from harness.runs.setup_checks import check_setups
from harness.topology.setup import Configuration, Setup
from harness.topology.variants import STEPS, variants

PCM = Configuration(codec=CodecSpec(name="pcm", adapter="pcm", options={}))


def setups(**references: str) -> list[Setup]:
    return [Setup.bare(name, PCM, reference) for name, reference in references.items()]


@pytest.mark.parametrize("references", [{}, {"a": "a"}, {"a": "a", "b": "a", "c": "b", "d": "d"}, {"b": "a", "a": "a"}])
def test_chains_that_end_in_a_setup_held_against_itself_pass(references):
    check_setups("suite.toml", setups(**references), len(STEPS))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (setups(a="a") * 2, "the setup 'a' occurs twice"),
        (setups(a="a", b="gone"), "setup 'b' is held against 'gone', which is not a setup"),
        (setups(a="b", b="a"), "circle: a -> b -> a; wanted one"),
        (setups(good="good", x="a", a="b", b="c", c="a"), "circle: x -> a -> b -> c -> a; wanted one"),
    ],
)
def test_others_are_refused_with_the_way_round(made, said):
    with pytest.raises(SuiteInvalid, match=f"^suite.toml: .*{said}"):
        check_setups("suite.toml", made)


def test_no_setup_may_be_called_as_a_variant_that_is_run_beside_it():
    plain = setups(a="a", b="a")
    second = variants(plain[0], 2)[1]
    check_setups("suite.toml", [*plain, second], 1)  # the second is not asked for
    with pytest.raises(SuiteInvalid, match=r"the setup 'a \+0\.02 dB' is called as a variant of the input of 'a' is"):
        check_setups("suite.toml", [*plain, second], 2)
    check_setups("suite.toml", [*plain, *variants(plain[1], 1)], 2)  # of a setup that is no reference there is none
