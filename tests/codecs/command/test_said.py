"""What the other end says is shown on one line and without the secrets that it was given."""

import pytest

from harness.codecs.command.said import excerpt, said_by, without

SECRETS = [("TOKEN", "s3cret"), ("LONG", "s3cret-and-more"), ("ONE", "1"), ("KEY", "p\u00e4ss-\u65e5\u672c")]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no s3cret here", "no (TOKEN) here"),
        ("s3crets3cret", "(TOKEN)(TOKEN)"),
        ("s3cret-and-more", "(LONG)"),  # and not the rest of it behind the shorter one
        ("p\u00e4ss-\u65e5\u672c!", "(KEY)!"),
        ("1 of 11 frames", "1 of 11 frames"),  # in every text
        ("", ""),
    ],
)
def test_a_secret_is_replaced_by_its_name_in_whatever_form_it_is_shown(said: str, shown: str) -> None:
    assert without(said, SECRETS) == shown
    assert said_by(said.encode(), SECRETS) == shown
    assert excerpt(said.encode(), SECRETS) == repr(shown.encode())
    assert said_by(said.encode(), SECRETS[::-1]) == shown


def test_a_name_of_any_letters_stands_for_a_secret_among_bytes_that_are_no_text() -> None:
    assert excerpt(b"\xff\x00s3cret", [("\u65e5", "s3cret")]) == repr(b"\xff\x00(\xe6\x97\xa5)")


def test_what_is_said_takes_one_line_whatever_it_holds() -> None:
    assert said_by(b"  two\nlines\x1b[2J \xff\n") == "two lines\\x1b[2J \ufffd"


def test_the_beginning_of_what_was_received_is_shown_and_no_half_of_a_secret_at_its_end() -> None:
    assert excerpt(bytes(24)) == repr(bytes(24))
    assert excerpt(bytearray(25)) == repr(bytes(24)) + "..."
    assert excerpt(bytes(20) + b"s3cret", SECRETS) == repr(bytes(20) + b"(TOK") + "..."
