"""
English as the words that are compared: two ways to write one thing become one, two things stay two.

Whisper's own normaliser does most of it (numbers, contractions, British spelling, currency). This one reads beside it
what that one takes for different: dotted abbreviations, units, times of day, signs, leading zeros, typographic
apostrophes, invisible characters. What one text alone leaves open (is "Mario's" a name and "is", or a possessive; is
"nine thirty" a time), the other settles, so both are normalised together; without another, Whisper's reading holds.

What comes out is identified by `hearing.NORMALISER_VERSION`: raise it with every change.

Source: `whisper.normalizers.EnglishTextNormalizer` of openai-whisper.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from typing import Any, Protocol

from harness.metrics.whisper.readings import settled

SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
HOUR = rf"(\d{{1,2}}|{'|'.join(SMALL[1:13])})"

UNITS = {  # after a number
    "mm": "millimeter", "cm": "centimeter", "km": "kilometer", "kg": "kilogram", "mg": "milligram", "ml": "milliliter",
    "lb": "pound", "lbs": "pound", "oz": "ounce", "ft": "foot", "mi": "mile", "yd": "yard", "ms": "millisecond",
    "sec": "second", "secs": "second", "min": "minute", "mins": "minute", "hr": "hour", "hrs": "hour", "hz": "hertz",
    "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz", "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte",
    "tb": "terabyte", "kw": "kilowatt", "db": "decibel", "kwh": "kilowatt hour", "mwh": "megawatt hour",
    "gw": "gigawatt", "mah": "milliamp hour", "kcal": "kilocalorie", "kj": "kilojoule", "kpa": "kilopascal",
    "kn": "kilonewton",
}  # fmt: skip
RATES = {
    "mph": "miles per hour",
    "kph": "kilometers per hour",
    "km/h": "kilometers per hour",
    "kmh": "kilometers per hour",
    "kbps": "kilobits per second",
    "mbps": "megabits per second",
    "gbps": "gigabits per second",
}
PLURALS = {
    "foot": "feet",
    "hertz": "hertz",
    "kilohertz": "kilohertz",
    "megahertz": "megahertz",
    "gigahertz": "gigahertz",
}

METRES = {"k": "kilo", "c": "centi", "m": "milli"}
SIGNS: dict[str, str | Callable[[re.Match[str]], str]] = {  # what is said for what is written
    r"[\u2018\u2019\u02bc\uff07`\u00b4]": "'",
    r"&": " and ",
    r"(?<!\w)'n'?(?!\w)": "and",
    r"\bo'(?=[a-z]{3})(?!clock)": "o",
    r"\u00a5\s*(\d[\d.,]*)": r"\1 yen",
    r"(?<=\d)\s*\u00a2": " cents",
    r"(?<=\d)\s*eur\b": " euros",
    r"(?<=\d)\s*usd\b": " dollars",
    r"(?<=\d)\s*gbp\b": " pounds",
    r"\busd\s*(?=\d)": "$",
    r"(?<![a-z])(k|c|m)m(?:\u00b2|\^2)": lambda found: f" square {METRES[found[1]]}meters",
    r"(?<![a-z])m(?:\u00b2|\^2)": " square meters",
    r"\b(\d+) 1/2\b": r"\1.5",
    r"\b(\d+) 1/4\b": r"\1.25",
    r"\b(\d+) 3/4\b": r"\1.75",
    r"(?<![\w.])[-\u2212\u2013](?=\d)": "minus ",
    r"(?<=\d)\s*\+\s*(?=\d)|(?<!\S)\+(?=\d)": " plus ",
    r"\b([a-g])#(?!\w)": r"\1 sharp",
    r"(?<=[a-z])\+\+(?!\w)": " plus plus",
    r"(?<=\b[a-z])\+(?!\w)": " plus",
    r"(?<=\d)'\s?(?=\d{1,2}(?:\"|''|\u201d|\u2033))": " foot ",
    r"\bwww\.": "www dot ",
    r"(?<=[a-z\d])\.(?=(?:com|org|net|edu|gov|info|io)\b)": " dot ",
    r"(?<=\d)\s+%": "%",
    r"=": " equals ",
    r"@": " at ",
    r"\u00b0\s*c\b": " degrees celsius ",
    r"\u00b0\s*f\b": " degrees fahrenheit ",
    r"\u00b0": " degrees ",
    r"(?:#|\bno\.)\s*(?=\d)": " number ",
    r"(?<=\d)\s*\u00bd": " and a half",
    r"\u00bd|\b1/2\b": " one half ",
    r"\u00bc|\b1/4\b": " one quarter ",
    r"\u00be|\b3/4\b": " three quarters ",
    r"\b1/3\b": " one third ",
    r"\b2/3\b": " two thirds ",
    r"\b24/7\b": "twenty four seven",
    r"\b(\d+) and a half\b": r"\1.5",
}
SPELLINGS = {  # one word or phrase, written in several ways
    r"\bo\.? ?k\b\.?|\bokey\b": "okay",
    r"\bet\.? ?cetera\b|\betc\b\.?": "etcetera",
    r"\ball right\b": "alright",
    r"\bper cent\b": "percent",
    r"\ba quarter\b(?! (?:past|after|to|till|til)\b)": "one quarter",
    r"\bcannot\b": "can not",
    r"\bo ?'? ?clock\b": "oclock",
    r"\bph\.? ?d\b\.?": "phd",
    r"\bvs\b\.?": "versus",
    r"\bapprox\b\.?": "approximately",
    r"\bdept\b\.?": "department",
    r"\bave\.|(?<=\d(?:st|nd|rd|th) )ave\b": "avenue",
    r"\bnought\b": "zero",
    r"\be mail(s?)\b": r"email\1",
    r"\bweb site(s?)\b": r"website\1",
    r"\bblvd\b\.?": "boulevard",
    r"\b(?<=[a-z] )st\b\.?(?=\s*(?:$|[,;!?]))": "street",
    r"\bmt\.(?= )": "mount",
    r"\bsgt\b\.?": "sergeant",
    r"\bltd\b\.?": "limited",
    r"\binc\.": "incorporated",
    r"\bgimme\b": "give me",
    r"\blemme\b": "let me",
    r"\bkinda\b": "kind of",
    r"\bsorta\b": "sort of",
    r"\boutta\b": "out of",
    r"\bdunno\b": "do not know",
    r"(?<!\w)'cause\b": "because",
    r"(?<!\w)'em\b": "them",
    r"(?<!\w)'t(is|was)\b": r"it \1",
    r"(?<!\w)'?til(?:l(?= \w))?\b": "until",
    r"\bthru\b": "through",
    r"\bdonut(s?)\b": r"doughnut\1",
    r"\band\s+co\b\.?(?!-)": "and company",
    r"\bhalf a (million|billion|trillion)\b": r"0.5 \1",
    r"\b(?:12|twelve) (noon|midnight)\b": r"\1",
    r"(?<!half )\ban? (?=(?:hundred|thousand|million|billion)\b)": "one ",
}
DOTTED = re.compile(r"\b(?:[a-z]\.\s?)+[a-z]\b\.?(?!\w)")
IN_BRACKETS = re.compile(r"\(([^)]*)\)|\[([^\]]*)\]")
SOUNDS = {
    "laughs", "laughter", "laughing", "music", "applause", "inaudible", "unintelligible", "noise", "cough", "coughs",
    "coughing", "sigh", "sighs", "silence", "pause", "crosstalk", "clears", "throat", "upbeat", "playing",
}  # fmt: skip
# Of these 's is "is" or "has", or makes another word: never a possessive that could be written without apostrophe.
NO_OWNERS = {
    "he", "she", "it", "that", "this", "there", "here", "what", "who", "where", "when", "why", "how", "let", "one",
}  # fmt: skip


class WhisperRules(Protocol):
    """`EnglishTextNormalizer`, of openai-whisper or of another package that has the same rules."""

    ignore_patterns: str
    standardize_numbers: Any  # its `words` are those of numbers

    def __call__(self, s: str) -> str:
        """Return *s* in Whisper's normal form."""
        ...


class EnglishNormaliser:
    """Call it with one text, or let `pair` normalise what was said and what was heard together."""

    def __init__(self, whisper: WhisperRules) -> None:
        self.whisper = whisper
        words = "|".join(sorted(whisper.standardize_numbers.words - {"and", "per", "point"}))
        number = rf"(?:\d[\d.,]*|{words})"
        self._feet = re.compile(rf"\b({number})([ -])foot\b")
        self._measured = re.compile(rf"\b({number})\s*({'|'.join(UNITS)})\b\.?")
        self._past = re.compile(
            rf"\b(?:(half|quarter|a quarter)|({number})(?: minutes?)?)[ -](past|after|to|till|til) {HOUR}\b"
        )
        self._hesitation = re.compile(whisper.ignore_patterns)

    @functools.cache  # noqa: B019  one instance for each engine, and as many texts as a run has
    def __call__(self, text: str) -> str:
        """Return *text* as words with spaces between, read by itself."""
        return self._whisper(self._clocks(self._written(text), ""))

    @functools.cache  # noqa: B019
    def pair(self, said: str, heard: str) -> tuple[str, str]:
        """Return both texts as words with spaces between, each read in the light of the other."""
        one, other = self._written(said), self._written(heard)
        one, other = settled(one, other, self.whisper), settled(other, one, self.whisper)
        one, other = _spoken_clocks(one, self._times(other)), _spoken_clocks(other, self._times(one))
        one, other = self._clocks(one, other), self._clocks(other, one)
        one, other = _owners(one, other), _owners(other, one)
        one, other = _spelled(one, other), _spelled(other, one)
        words, heard_words = self._whisper(one).split(), self._whisper(other).split()
        joined = _joined(words, _hyphenated(one), set(heard_words))
        return " ".join(joined), " ".join(_joined(heard_words, _hyphenated(other), set(words)))

    def _written(self, text: str) -> str:
        """Return *text* in small letters with signs, abbreviations and units written out, as the text alone tells."""
        text = "".join(char for char in text if unicodedata.category(char) != "Cf").lower()
        for pattern, said in SIGNS.items():
            text = re.sub(pattern, said, text)
        text = IN_BRACKETS.sub(_in_brackets, text)
        for pattern, said in SPELLINGS.items():
            text = re.sub(pattern, said, text)
        text = DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found[0]), text)
        text = self._feet.sub(r"\1\2feet", self._measured.sub(_unit, text))
        for written, said in RATES.items():
            text = re.sub(rf"(?<=\d)\s*{written}\b|\b{written}\b", f" {said}", text)
        return text

    def _clocks(self, text: str, other: str) -> str:
        """Return *text* with every time of day as one word, such as 9h30; a full hour as the *other* text has it."""
        text = self._past.sub(_past, text)
        full = " oclock" if re.search(r"clock|:00", other) else ""
        text = re.sub(r"\b0?(\d{1,2}):00(?=\s*[ap]m\b)", r"\1 ", text)
        text = re.sub(r"\b0?(\d{1,2}):00\b", rf"\1{full}", text)
        text = re.sub(r"oclock(?=\s*[ap]m\b)", "", text)
        return re.sub(r"\b0?(\d{1,2}):([0-5]\d)(?!\d|:)", lambda found: f" {found[1]} h {int(found[2])} ", text)

    def _times(self, text: str) -> set[tuple[int, int]]:
        found = re.findall(r"\b0?(\d{1,2}):([0-5]\d)(?!\d|:)", self._past.sub(_past, text))
        return {(int(hour), int(minute)) for hour, minute in found}

    def _whisper(self, text: str) -> str:
        """Return Whisper's normal form of *text*; nothing but a hesitation is what was said, not nothing."""
        text = re.sub(r"\b(?:0\d+|\d(?: \d)+)\b(?![.:,]\d)", _digits, text)
        text = re.sub(r"[()]", " ", text)
        plain = re.sub(r"(?<![\d.])\.(?=\d)", "0.", self.whisper(text))  # "point five" is "zero point five"
        clocks = re.sub(
            r"\b(\d+|one) h (\d+|one)\b", lambda found: found[0].replace("one", "1").replace(" ", ""), plain
        )
        words = clocks.split()
        if not any(map(str.isalnum, "".join(words))):
            words = [found[0] for found in self._hesitation.finditer(text)]
        return " ".join(words)


def _in_brackets(found: re.Match[str]) -> str:
    """Return what is said in brackets; a sound is not said."""
    inside = found[1] or found[2] or ""
    return "" if set(inside.split()) <= SOUNDS else f" {inside} "


def _unit(found: re.Match[str]) -> str:
    unit = UNITS[found[2]]
    several = PLURALS.get(unit, f"{unit}s")
    return f"{found[1]} {unit if found[1] in ('1', 'one') else several}"


def _past(found: re.Match[str]) -> str:
    """Return "half past nine" as 9:30; what is no time, such as "from ten to nine", as it was."""
    named, counted, direction, hour = found.groups()
    minutes = (30 if named == "half" else 15) if named else _number(counted)
    begun = _number(hour)
    before = direction in ("to", "till", "til")
    if minutes is None or begun is None or not 0 < minutes < 60 or not 1 <= begun <= 24:
        return found[0]
    if before and ((counted and "minute" not in found[0]) or named == "half"):
        return found[0]
    if before:
        return f"{(begun - 2) % 12 + 1}:{60 - minutes:02d}"
    return f"{begun}:{minutes:02d}"


def _number(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    return next((n for n in (*range(20), *TENS) if (SMALL[n] if n < 20 else TENS[n]) == word), None)


def _spoken_clocks(text: str, times: Collection[tuple[int, int]]) -> str:
    """Return *text* with those of *times* that are said in it as numbers ("nine thirty") written as times."""
    for hour, minute in times:
        if minute and 1 <= hour <= 12:
            spoken = "|".join(_sayings(hour, minute))
            text = re.sub(rf"\b(?:{spoken}|{hour}[ .]?{minute:02d})\b(?![:.]?\d)", f"{hour}:{minute:02d}", text)
    return text


def _sayings(hour: int, minute: int) -> Iterator[str]:
    yield rf"{SMALL[hour]}[ -]{'(?:oh|o|zero) ' if minute < 10 else ''}{_counted(minute)}"
    left = 60 - minute
    if left in (5, 10, 20, 25):  # "ten to nine", which alone may be anything
        coming = hour % 12 + 1
        yield f"(?:{_counted(left)}|{left}) to (?:{SMALL[coming]}|{coming})"


def _counted(minutes: int) -> str:
    tens, ones = minutes // 10 * 10, minutes % 10
    return SMALL[minutes] if minutes < 20 else TENS[tens] + (rf"[ -]{SMALL[ones]}" if ones else "")


def _owners(text: str, other: str) -> str:
    """Return *text* with "x's" as "xs", "x has" or "x had" where the *other* text has that."""
    words = set(re.findall(r"[^\W\d_]+", other))
    followed = set(re.findall(r"([^\W\d_]+) (?=(has|had)\b)", other))

    def settled(found: re.Match[str]) -> str:
        word, ending = found[1], found[2]
        if ending == "s" and word.endswith("s") and re.search(rf"\b{word}'(?!\w)", other):
            return f"{word}'"
        if ending == "s" and f"{word}s" in words and word not in NO_OWNERS:
            return f"{word}s"
        full = {"s": "has", "d": "had"}[ending]
        return f"{word} {full}" if (word, full) in followed else found[0]

    return re.sub(r"\b([^\W\d_]+)'([sd])\b", settled, text)


def _spelled(text: str, other: str) -> str:
    """Return *text* with letters said one by one as the word that the *other* text has: "c e o" as "ceo"."""
    words = set(re.findall(r"\w+", other))

    def settled(found: re.Match[str]) -> str:
        together = found[0].replace(" ", "")
        return together if together in words else found[0]

    return re.sub(r"\b[a-z](?: [a-z])+\b(?!')", settled, text)


def _hyphenated(text: str) -> set[tuple[str, ...]]:
    return {tuple(found.split("-")) for found in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)+", text)}


def _joined(words: list[str], compounds: Collection[tuple[str, ...]], others: Collection[str]) -> list[str]:
    """Return *words* with those joined that *others* have as one: letters, digits, and what a hyphen joins."""
    found: list[str] = []
    start = 0
    while start < len(words):
        length = next((n for n in range(min(8, len(words) - start), 1, -1)
                       if "".join(words[start : start + n]) in others
                       and _one(tuple(words[start : start + n]), compounds)), 1)  # fmt: skip
        found.append("".join(words[start : start + length]))
        start += length
    return found


def _one(words: tuple[str, ...], compounds: Collection[tuple[str, ...]]) -> bool:
    spelled = all(len(word) == 1 and word.isalpha() for word in words)
    return spelled or all(word.isdecimal() for word in words) or words in compounds


def _digits(found: re.Match[str]) -> str:
    return " ".join(SMALL[int(digit)] for digit in found[0] if digit != " ")
