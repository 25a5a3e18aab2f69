"""A written form is read as the other text has it, and stays as it is where that does not settle it."""

import pytest

from harness.metrics.whisper.readings import settled


def read(text: str, other: str) -> str:
    return settled(text, other, lambda plain: plain)


@pytest.mark.parametrize(
    ("text", "other", "wanted"),
    [
        ("march 1", "march first", "march 1st"),
        ("march 11", "march eleventh", "march 11th"),
        ("march 12", "march the twelfth", "march 12th"),
        ("march 13", "march thirteenth", "march 13th"),
        ("march 20", "march twentieth", "march 20th"),
        ("march 22", "march twenty-second", "march 22nd"),
        ("march 31", "march 31st", "march 31st"),
        ("march 31", "march thirty first", "march 31st"),
        ("march 0", "march 0th", "march 0"),
        ("march 32", "march 32nd", "march 32"),
        ("march 3", "march fourth", "march 3"),
        ("march 3", "april third", "march 3"),
        ("march 3:30", "march third", "march 3:30"),
        ("march 300", "march third", "march 300"),
        ("war ii", "war 2", "war 2"),
        ("henry viii", "henry the 8th", "henry the 8th"),
        ("louis xx", "louis 20", "louis 20"),
        ("louis xxi", "louis 21", "louis xxi"),
        ("war ii's end", "war 2", "war ii's end"),
        ("war ii", "peace 2", "war ii"),
        ("10-12", "10 to 12", "10 to 12"),
        ("10 \u2013 12", "10 to 12", "10 to 12"),
        ("10-12", "10 to 13", "10-12"),
        ("555-10-12", "10 to 12", "555-10-12"),
        ("3 g", "3 grams", "3 grams"),
        ("3g", "1 gram", "3 gram"),
        ("3 g", "3 meters", "3 g"),
        ("3 m.", "3 meters", "3 m."),
        ("1990s", "seconds", "1990s"),
        ("fig. 3", "figure 3", "figure 3"),
        ("a fig. it", "a figure it", "a fig. it"),
        ("smith v. jones", "smith versus jones", "smith versus jones"),
        ("v.", "versus", "v."),
        ("sat. then", "saturday then", "sat. then"),
        ("5 x 5", "5 by 5", "5 by 5"),
        ("5 x 5", "5 times 5", "5 times 5"),
        ("rock n roll", "rock and roll", "rock and roll"),
        ("rock n roll", "rock n roll", "rock n roll"),
        ("3 kilos", "3 kilograms", "3 kilograms"),
        ("$3.50", "$3 50 dollars and", "$3 50"),
        ("$3.05", "$3 5 dollars x", "$3 5"),
        ("$3.50", "$3 50", "$3.50"),
        ("$3.50", "\u00a33 50 pounds and", "$3.50"),
    ],
)
def test_it_is_read_as_the_other_text_says(text: str, other: str, wanted: str) -> None:
    assert read(text, other) == wanted


def test_beside_nothing_or_itself_a_text_stays_as_it_was() -> None:
    text = "war ii on march 3, 10-12 fig. 4, 3 g for $3.50 n 5 x 5"
    assert read(text, "") == text
    assert read(text, text) == text
    assert read("", text) == ""
