"""
Written forms that may mean several things, read as the other text has them: "3 g" is three grams beside "grams".

Each function takes a text in small letters and the *other* one, and returns the text with what the other one settles.
What it does not settle stays as it was, so that two different things never become one.
"""

import re
from collections.abc import Callable

ABBREVIATIONS = {  # none that is a word by itself, such as "sat" or "no"
    "jan": "january", "feb": "february", "apr": "april", "jun": "june", "jul": "july", "aug": "august",
    "sep": "september", "sept": "september", "oct": "october", "nov": "november", "dec": "december",
    "tue": "tuesday", "tues": "tuesday", "thu": "thursday", "thur": "thursday", "thurs": "thursday", "fri": "friday",
    "v": "versus", "vol": "volume", "pp": "pages", "corp": "corporation", "univ": "university",
}  # fmt: skip
NUMBERED = {  # before a number alone: "a fig. The figure" is a fruit
    "fig": "figure", "figs": "figures", "ch": "chapter", "chap": "chapter", "eq": "equation", "sec": "section",
    "sect": "section", "par": "paragraph", "para": "paragraph", "art": "article", "p": "page", "pg": "page",
    "ext": "extension", "apt": "apartment", "tab": "table", "ed": "edition", "nos": "numbers",
}  # fmt: skip
LETTER_UNITS = {"m": "meter", "g": "gram", "l": "liter", "v": "volt", "w": "watt"}  # not "s": 1990s
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
    "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii",
         "xviii", "xix", "xx")  # fmt: skip
PHRASES = {  # what is read as one of these where the other text says that
    r"(?<!\w)n(?!\w)": ("and",),
    r"\bi\.? ?e\b\.?": ("that is",),
    r"\be\.? ?g\b\.?": ("for example",),
    r"(?<=\d) ?[x\u00d7] ?(?=\d)": (" times ", " by "),
    r"\bkilos\b": ("kilograms",),
    r"\bkilo\b(?!-)": ("kilogram",),
}
TENS = {20: "twent", 30: "thirt"}
COINS = {"$": "dollars?", "\u00a3": "pounds?", "\u20ac": "euros?"}


def settled(text: str, other: str, plain: Callable[[str], str]) -> str:
    """Return *text* with all that *other* settles; *plain* : writes numbers in digits."""
    told = plain(other)
    text = _abbreviations(text, other)
    text = _letter_units(text, told)
    text = _dates(text, other)
    text = _ranges(text, told)
    text = _roman(text, told)
    text = _phrases(text, other)
    return _prices(text, other, told)


def _abbreviations(text: str, other: str) -> str:
    words = set(re.findall(r"[^\W\d_]+", other))
    for short, whole in ABBREVIATIONS.items():
        if whole in words:
            text = re.sub(rf"\b{short}\.(?=\s*\S)|\b{short}\b(?=\s+\d)", whole, text)
    for short, whole in NUMBERED.items():
        if whole in words:
            text = re.sub(rf"\b{short}\b\.?\s*(?=\d)", f"{whole} ", text)
    return text


def _letter_units(text: str, told: str) -> str:
    words = set(told.split())
    for short, whole in LETTER_UNITS.items():
        for unit in (f"{whole}s", whole):
            if unit in words:
                text = re.sub(rf"(?<=\d)\s*{short}\b(?!['.])", f" {unit}", text)
                break
    return text


def _dates(text: str, other: str) -> str:
    """Return *text* with "march 3" as "march 3rd" where the other one says "march third"."""

    def settle(found: re.Match[str]) -> str:
        month, day = found[1], int(found[2])
        if not 1 <= day <= 31:
            return found[0]
        said = rf"{_ordinal(day)}|{day}(?:st|nd|rd|th)"
        return f"{month} {day}{_suffix(day)}" if re.search(rf"\b{month} (?:the )?(?:{said})\b", other) else found[0]

    return re.sub(rf"\b({'|'.join(MONTHS)}) (\d{{1,2}})\b(?![:.,]?\d)", settle, text)


def _roman(text: str, told: str) -> str:
    """Return *text* with "war ii" as "war 2", and "henry viii" as "henry the 8th", where the other one says so."""

    def settle(found: re.Match[str]) -> str:
        before, number = found[1], ROMAN.index(found[2]) + 1
        if re.search(rf"\b{before} {number}\b", told):
            return f"{before} {number}"
        ordinal = f"{before} the {number}{_suffix(number)}"
        return ordinal if re.search(rf"\b{ordinal}\b", told) else found[0]

    return re.sub(rf"\b([^\W\d_]+) ({'|'.join(sorted(ROMAN, key=len, reverse=True))})\b(?!')", settle, text)


def _phrases(text: str, other: str) -> str:
    for pattern, meanings in PHRASES.items():
        for meant in meanings:
            if re.search(rf"\b{meant.strip()}\b", other):
                text = re.sub(pattern, meant, text)
    return text


def _ranges(text: str, told: str) -> str:
    """Return *text* with "10-12" as "10 to 12" where the other one says so."""

    def settle(found: re.Match[str]) -> str:
        said = f"{found[1]} to {found[2]}"
        return said if re.search(rf"\b{said}\b", told) else found[0]

    return re.sub(r"(?<![\d-])(\d+)\s*[-\u2013]\s*(\d+)(?![\d-])", settle, text)


def _prices(text: str, other: str, told: str) -> str:
    """Return *text* with a price as it is said without its coins: "three pounds fifty" for 3.50 pounds."""

    def settle(found: re.Match[str]) -> str:
        sign, whole, rest = found.groups()
        said = re.escape(f"{sign}{whole} {int(rest)}")
        spoken = re.search(rf"{COINS[sign]} \w", other) is not None
        return f"{sign}{whole} {int(rest)}" if spoken and re.search(rf"{said}\b", told) else found[0]

    return re.sub(r"([$\u00a3\u20ac])(\d+)\.(\d\d)\b", settle, text)


def _ordinal(day: int) -> str:
    if day < 20:
        return ORDINALS[day - 1]
    tens, ones = day // 10 * 10, day % 10
    return f"{TENS[tens]}ieth" if not ones else f"{TENS[tens]}y[ -]{ORDINALS[ones - 1]}"


def _suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
