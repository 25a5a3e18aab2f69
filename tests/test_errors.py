"""A message is a line that can be read whole, and a name that is nearly right is told."""

import pytest

from harness.errors import LONGEST, CodecUnavailable, CodecUnknown, HarnessError, meant


@pytest.mark.parametrize(("length", "left_out"), [(0, None), (LONGEST, None), (LONGEST + 1, 1), (LONGEST * 50, 98_000)])
def test_a_long_message_keeps_its_beginning_and_its_end(length: int, left_out: int | None) -> None:
    said = "".join(chr(ord("a") + at % 26) for at in range(length))
    shown = str(HarnessError(said))
    if left_out is None:
        assert shown == said
    else:
        before, _, after = shown.partition(f" [{left_out} characters left out] ")
        assert said.startswith(before)
        assert said.endswith(after)
        assert (len(before), len(after)) == (LONGEST - 300, 300)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("shard", "did you mean 'shared'? "),
        ("shared", "did you mean 'shared'? "),
        ("zzz", ""),
        ("", ""),
        ("shared" + "x" * LONGEST, ""),
    ],
)
def test_the_most_like_of_the_known_names_is_meant_or_none(name: str, told: str) -> None:
    assert meant(name, (known for known in ("offline", "share-all", "shared"))) == told
    assert meant(name, []) == ""
    assert meant("x" * (LONGEST + 1), ["x" * (LONGEST + 1)]) == ""  # comparing would take long


def test_what_catches_the_wider_class_catches_the_narrower() -> None:
    with pytest.raises(CodecUnavailable, match=r"^said$"):
        raise CodecUnknown("said")
