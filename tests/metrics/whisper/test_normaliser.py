"""Two ways to write one thing are one thing, and two things stay two, whichever of the texts was said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.metrics.whisper.languages import english
from harness.metrics.words import compare

normalise = english()

SAME = [
    ("as in fig. 3", "as in figure three"),
    ("Fig 12 shows it", "figure twelve shows it"),
    ("see p. 7 of ch. 2", "see page seven of chapter two"),
    ("apt. 4", "apartment four"),
    ("three kilowatt hours", "3 kWh"),
    ("fifty megabits per second", "50 Mbps"),
    ("only five cents", "only 5\u00a2"),
    ("twenty to ten", "9:40"), ("5 to 9", "8:55"), ("twelve oh one", "12:01"), ("ten to one", "12:50"),
    ("at nine thirty a.m.", "at 9:30 AM"), ("9am", "nine a.m."), ("quarter to ten", "9:45"),
    ("quarter past nine", "9:15"), ("nine oh five", "9:05"), ("ten o'clock", "10:00"), ("at nine", "at 9:00"),
    ("ten past nine", "9:10"), ("ten minutes to nine", "8:50"), ("ten to nine", "8:50"),
    ("twenty minutes past four", "4:20"), ("The U.K. and the U.S.", "the UK and the US"),
    ("I'm here", "I\u2019m here"),
    ("don't", "don\u2019t"), ("salt & pepper", "salt and pepper"), ("J. K. Rowling", "JK Rowling"), ("Ph.D.", "PhD"),
    ("D.C.", "DC"), ("e.g. this", "eg this"), ("five kilometres", "5 km"), ("5km", "5 kilometers"),
    ("twenty kg", "20 kilograms"), ("sixty miles per hour", "60 mph"), ("a hundred dollars", "$100"),
    ("one hundred and five", "105"), ("a thousand", "1,000"), ("two and a half", "2.5"), ("2 and a half", "2½"),
    ("cannot", "can't"), ("can not", "cannot"), ("all right", "alright"), ("e-mail", "email"),
    ("ice-cream", "icecream"), ("well-known", "well known"), ("911", "nine one one"),
    ("555-1234", "five five five one two three four"), ("twenty twenty", "2020"), ("B52", "b fifty two"),
    ("R&B", "r and b"), ("the dog's bone", "the dogs bone"), ("the dogs' bone", "the dog's bone"),
    ("he's finished", "he has finished"), ("she'd seen", "she had seen"), ("James' book", "James's book"),
    ("O.K.", "okay"), ("Okay, fine.", "OK fine"), ("\ufeffhello world", "hello world"),
    ("co\u00adoperate", "cooperate"), ("zero five", "05"), ("versus", "vs."), ("number five", "No. 5"),
    ("number 5", "#5"), ("24/7", "twenty four seven"), ("20°C", "twenty degrees Celsius"), ("-5", "negative five"),
    ("St. John", "Saint John"), ("Main Street", "Main St."), ("twenty-five", "25"), ("1990s", "nineteen nineties"),
    ("50%", "fifty per cent"), ("café", "cafe"), ("fifty cents", "50 cents"), ("the CEO", "the C E O"),
    ("p.m.", "PM"), ("two p m", "2 p.m."), ("MP3", "mp three"), ("mm hmm", "mm-hmm"),
    ("Mt. Everest", "Mount Everest"), ("gimme", "give me"), ("'cause", "because"), ("it's", "it is"),
    ("Mr Smith", "Mister Smith"), ("one half", "1/2"), ("12:00", "twelve o'clock"),
    ("10:45 p.m.", "ten forty-five pm"), ("half-past nine", "9:30"), ("A.I.", "AI"), ("TV", "T.V."),
    ("10 %", "ten percent"), ("£5", "five pounds"), ("the 1st", "the first"), ("nine thirty", "930"),
    ("noon", "noon"), ("thirty-six", "thirty six"), ("Jr.", "junior"), ("10,000", "ten thousand"),
    ("10 000 people", "10000 people"), ("flight 1 2 3", "flight 123"), ("they'd gone", "they had gone"),
    ("no. 7", "number seven"), ("okay", "o k"), ("don't", "do not"), ("etc", "et cetera"), ("naïve", "naive"),
    ("per cent", "percent"), ("USA", "U S A"), ("U. S. A.", "USA"), ("USA", "U.S.A."), ("okay", "OK"),
    ("half past nine", "9:30"), ("Anna's house", "Annas house"), ("et cetera", "etc."), ("double o seven", "007"),
    ("twenty millimetres", "20mm"), ("um well uh", "well"), ("x y z", "XYZ"), ("five percent", "5%"),
    ("colour", "color"), ("it costs three pounds fifty", "it costs £3.50"), ("January first", "January 1"),
    ("January first", "Jan. 1"), ("March third", "March 3"),
    ("February third nineteen ninety", "February 3, 1990"), ("May twenty-first", "May 21"),
    ("on Friday at", "on Fri. at"),
    ("pages ten to twelve", "pages 10-12"), ("two to three", "2-3"), ("Smith versus Jones", "Smith v. Jones"),
    ("one and a half hours", "1 1/2 hours"), ("point five", "0.5"), ("zero point five", ".5"),
    ("ten square metres", "10 m²"),
    ("rock 'n' roll", "rock and roll"), ("O'Brien", "OBrien"), ("one hundred meters", "100 m"),
    ("three grams", "3 g"),
    ("two litres", "2 l"), ("one hundred yen", "¥100"), ("ten euros", "10 EUR"), ("ten dollars", "USD 10"),
    ("a quarter", "1/4"), ("twenty-five to four", "3:35"), ("six foot", "6ft"), ("a six-foot wall", "a 6 foot wall"),
    ("World War Two", "World War II"), ("chapter four", "Chapter IV"), ("Henry the eighth", "Henry VIII"),
    ("rock n roll", "rock and roll"), ("half a million", "500,000"), ("three kilos", "3 kg"), ("noon", "12 noon"),
    ("example dot com", "example.com"), ("me at example dot org", "me@example.org"), ("five times five", "5 x 5"),
    ("five foot ten", "5'10\""), ("C plus plus", "C++"), ("'til", "until"), ("thru", "through"),
    ("donuts", "doughnuts"), ("plus five degrees", "+5 degrees"), ("www dot example dot com", "www.example.com"),
    ("on 5th Ave", "on fifth avenue"), ("nought point five", "0.5"), ("in c sharp", "in C#"), ("e mails", "emails"),
    ("a web site", "a website"),
    ("that is this", "i.e. this"), ("Smith and company", "Smith & Co."), ("'tis", "it is"), ("[laughs] yes", "yes"),
]  # fmt: skip
DIFFERENT = [
    ("he ate a fig. three figures came", "he ate a figure three figures came"),
    ("3 kWh", "three kilowatts"),
    ("5\u00a2", "5 dollars"),
    ("p. 7", "chapter seven"),
    ("nine hundred thirty", "9:30"), ("half past nine", "9:15"), ("9:30", "9:31"), ("quarter to ten", "10:15"),
    ("am", "pm"), ("9 a.m.", "9 p.m."), ("5", "-5"), ("five", "fifty"), ("007", "7"), ("it's", "its"),
    ("we're", "were"), ("he'll", "hell"), ("a way", "away"), ("in to", "into"), ("every day", "everyday"),
    ("may be", "maybe"), ("USA", "USB"), ("U.S.", "us all"), ("20 mm", "20 cm"), ("5 km", "5 kg"), ("okay", "oak"),
    ("etc", "and"), ("minus five", "plus five"), ("thirty six", "thirty sex"), ("twenty", "20 mm"), ("a b c", "abd"),
    ("cat is", "cats"), ("Mario is here", "Marios here"), ("dogs", "dog"), ("thirteen", "thirty"), ("one", "won"),
    ("can", "can't"), ("do", "don't"), ("he has", "he is"), ("his", "he is"), ("she would", "she had"), ("", "you"),
    ("(yes)", "no"), ("10", "ten thousand"), ("5%", "5"), ("$5", "5"), ("$5", "£5"), ("9 o'clock", "nine"),
    ("second", "3rd"), ("to", "two"), ("ten to nine", "9:10"), ("nine to five", "9:05"), ("nine to five", "4:51"),
    ("Dr. Smith", "Mr. Smith"), ("twenty two", "202"), ("the", "a"), ("mm", "mmm"), ("um", "uh"), ("hi", "high"),
    ("alright", "right"), ("will", "won't"), ("five to nine", "5 9"), ("(yes)", ""), ("[noise] yes", "no"),
    ("twenty two", "2022"), ("hello", "<unk>"), ("he sat", "he saturday"), ("he sat. then", "he saturday then"),
    ("1990s", "1990 seconds"), ("the cat sat.", "the cat saturday"),
    ("January first", "January 2"), ("March third", "March 30"), ("march ten miles", "March 10th"),
    ("ten to twelve", "10-13"),
    ("[no] yes", "yes"), ("World War II", "World War three"), ("Henry VIII", "Henry the ninth"), ("5 x 5", "5 55"),
    ("6 ft", "6 kg"), ("half a million", "a million"), ("example.com", "example come"), ("3:35", "twenty to four"),
    ("twenty-five to four", "3:25"), ("i think", "1 think"), ("mix", "m 9"), ("the till", "the tall"),
    ("3 g", "three meters"), ("£3.50", "three pounds fifteen"), ("one and a half", "11 half"), ("point five", "5"),
    ("555-1234", "five hundred fifty five to 1235"), ("no. 7", "7"), ("+5", "-5"), ("+5", "five"), ("C#", "C"),
    ("an ave", "an avenue"), ("nought", "not"), ("Jan. 1", "June first"), ("$1.5 m", "$1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_written_in_two_ways(one, other):
    assert compare(one, other, normalise).errors == 0, normalise.pair(one, other)
    assert compare(other, one, normalise).errors == 0, normalise.pair(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_things_stay_different(one, other):
    assert compare(one, other, normalise).errors > 0, normalise.pair(one, other)
    assert compare(other, one, normalise).errors > 0, normalise.pair(other, one)


def test_what_surrounds_a_difference_does_not_hide_it_and_is_not_hurt_by_it():
    said = "At half past nine Mario's train, etc., leaves the U.S. for twenty km."
    heard = "At 9:30 Marios train et cetera leaves the US for 20 kilometers."
    assert compare(said, heard, normalise).errors == 0
    assert compare(said, heard.replace("9:30", "9:40"), normalise).errors == 1
    assert compare(said, heard.replace("US", "UN"), normalise).errors == 1


def test_a_hesitation_is_nothing_beside_words_and_something_alone():
    assert compare("um I know", "I know uh", normalise).errors == 0
    assert compare("mm", "", normalise).errors == 1


def test_one_text_alone_is_read_as_whisper_reads_it():
    assert normalise("Mr. Smith can't pay twenty-five dollars.") == "mister smith can not pay $25"
    assert normalise("Mario's here") == "mario is here"


WORDS = [
    *sorted(normalise.whisper.standardize_numbers.words),
    "9:30", "half past", "0", "007", "1,000", "$5", "-5", "%", "a", "b", "o'clock", "mario's", "cat-dog",
    "(", "[", "&",
    "½", "1/2", "...", "#5", "5km", "the",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=8), min_size=2, max_size=2)
)
def test_any_text_is_read_and_is_the_same_as_itself(texts):
    one, other = (" ".join(words) for words in texts)
    normalise.pair(one, other)
    assert compare(one, one, normalise).errors == 0
