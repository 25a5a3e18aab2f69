import pytest

from harness.bisect.answer.phrases import count, listed, percent, point, shown


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.1, "10.0 %"),
        (0.99949, "99.9 %"),
        (0.99996, "99.996 %"),
        (1 - 1e-9, "99.9999999 %"),
        (0.00001, "0.001 %"),
    ],
)
def test_only_what_is_certain_is_told_as_certain(probability, said):
    assert percent(probability) == said


@pytest.mark.parametrize(
    ("parts", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_what_is_listed_has_one_last_word(parts, said):
    assert listed(parts, "or") == said


@pytest.mark.parametrize(("number", "said"), [(0, "0 ways"), (1, "1 way"), (2, "2 ways")])
def test_only_one_is_one(number, said):
    assert count(number, "way") == said
    assert count(number, "branch", "branches").endswith("branch") is (number == 1)


@pytest.mark.parametrize("value", [None, False, 0, 0.0, "None", " "])
def test_only_an_empty_text_is_shown_as_such(value):
    assert shown(value) is value
    assert shown("") == '""'


def test_a_point_is_called_alike_however_it_is_given():
    assert point(["b", "a"]) == point(("a", "b")) == "a + b"
    assert point(()) == "the good end"
