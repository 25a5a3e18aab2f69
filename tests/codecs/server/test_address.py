"""Where a server is: parts of a URL, and headers whose values, like passwords, are repeated nowhere."""

from typing import Any

import pytest

from harness.codecs.server.address import Address, address, check_headers, header_values, secrets_of
from harness.errors import CodecUnavailable, SuiteInvalid


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("tcp://host:7000", ("tcp", "host", 7000, "")),
        ("tcp://host:0/", ("tcp", "host", 0, "/")),  # any free one, of a server that listens
        ("ws://[::1]:80/a/b?codec=x&y", ("ws", "::1", 80, "/a/b?codec=x&y")),
        ("wss://HOST:443/users/@me", ("wss", "host", 443, "/users/@me")),
    ],
)
def test_a_url_is_taken_apart_and_told_as_it_was_given(url: str, parts: tuple[str, str, int, str]) -> None:
    found = address(url)
    assert found == Address(url, *parts)
    assert str(found) == url


@pytest.mark.parametrize(
    "url",
    [None, 7, "", "host:80", "ws://host/", "ws://:80/", "http://host:80/", "tcp://host:80x", "tcp://host:-1",
     "tcp://host:65536", "ws://host:80/#a", "tcp://host:80/a", "tcp://host:80?a", "ws://ho st:80/", "ws://host:80/\t",
     "ws://[::1:80/"],
)  # fmt: skip
def test_what_is_no_url_of_a_server_is_refused_in_a_line(url: Any) -> None:
    with pytest.raises(SuiteInvalid, match=r"^server: url is .*wanted tcp://HOST:PORT") as refused:
        address(url)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["ws://me:s3cret@host:80/", "ws://s3cret@host:80/", "ws://me:s3cret@host:99999/", "ws://me:s3cret@host/",
     "ws://me:s3cret @host:80/", "ws://me:s3cret#@host:80/", "ws://me:s3cret/@host:80/", "http://me:s3cret@host:80/",
     "ws://me:s3cret@[host:80/", ["ws://me:s3cret@host:80/"]],
)  # fmt: skip
def test_a_password_is_refused_and_not_repeated_whatever_else_is_wrong(url: Any) -> None:
    with pytest.raises(SuiteInvalid, match=r"^server: url holds a") as refused:
        address(url)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_headers_name_variables_and_their_values_and_words_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_TOKEN", "Bearer s3cret")
    monkeypatch.setenv("EMPTY", "")
    given = {"Authorization": "VOICE_TOKEN", "X-None": "EMPTY"}
    assert check_headers(given, "wss") == given
    values = header_values(given)
    assert values == {"Authorization": "Bearer s3cret", "X-None": ""}
    assert {value for _, value in secrets_of(values)} == {"Bearer s3cret", "Bearer", "s3cret", ""}
    assert check_headers(None, "tcp") == check_headers({}, "tcp") == {}


@pytest.mark.parametrize(
    ("headers", "scheme", "said"),
    [
        ({"A": "B"}, "tcp", "a tcp:// server gets none"),
        ([("A", "B")], "ws", "wants a table of header"),
        ({"A:": "B"}, "ws", "'A:' is no name of a header"),
        ({"": "B"}, "ws", "'' is no name of a header"),
        ({3: "B c"}, "ws", "headers.3 wants the name of an environment variable"),
        ({"A": "Bearer s3cret"}, "ws", "headers.A wants the name of an environment variable"),
        ({"A": 3}, "ws", "headers.A wants the name of an environment variable"),
        ({"A": "B\n"}, "ws", "headers.A wants the name of an environment variable"),
    ],
)
def test_what_is_no_header_with_a_variable_is_refused(headers: Any, scheme: str, said: str) -> None:
    with pytest.raises(SuiteInvalid, match=said) as refused:
        check_headers(headers, scheme)
    assert "s3cret" not in str(refused.value)


def test_a_variable_that_is_not_set_or_no_header_is_told_by_the_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICE_TOKEN", raising=False)
    with pytest.raises(CodecUnavailable, match=r"headers\.A names an environment variable that is not set; set it"):
        header_values({"A": "VOICE_TOKEN"})
    monkeypatch.setenv("VOICE_TOKEN", "s3cret\r\nX-Admin: 1")
    with pytest.raises(CodecUnavailable, match=r"headers\.A: the variable's value is no header") as refused:
        header_values({"A": "VOICE_TOKEN"})
    assert "s3cret" not in str(refused.value)
