"""Whole messages over TCP, each within its deadline, and what cannot be one is told."""

import socket
import struct
import time
from collections.abc import Iterator

import pytest

from harness.codecs.command import messages
from harness.codecs.command.messages import ANSWER, HEAD
from harness.codecs.server.transport import Late, Lost, Misspoken, Tcp, left, send_timeout

Ends = tuple[Tcp, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Tcp(ours), theirs


def soon() -> float:
    return time.monotonic() + 20.0


def test_messages_come_whole_and_in_order_however_they_are_cut(ends: Ends) -> None:
    ours, theirs = ends
    sent = [b"\0" * ANSWER.size, bytes(range(256)) * 10]
    stream = b"".join(HEAD.pack(len(one)) + one for one in sent)
    for at in range(0, len(stream), 700):
        theirs.sendall(stream[at : at + 700])
    assert [ours.receive(soon()) for _ in sent] == sent
    ours.send(b"hello", soon())
    assert theirs.recv(64) == HEAD.pack(5) + b"hello"


@pytest.mark.parametrize(("length", "taken"), [(ANSWER.size - 1, False), (ANSWER.size, True), (20, True), (21, False)])
def test_a_length_is_at_least_that_of_an_answer_and_at_most_the_largest(
    length: int, taken: bool, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "LARGEST_MESSAGE", 20)
    ours, theirs = ends
    theirs.sendall(HEAD.pack(length) + bytes(length))
    if taken:
        assert ours.receive(soon()) == bytes(length)
    else:
        with pytest.raises(Misspoken, match="which does not begin with a length of 5 to 20 bytes"):
            ours.receive(soon())


def test_a_deadline_that_is_over_is_late_whatever_has_come(ends: Ends) -> None:
    ours, theirs = ends
    theirs.sendall(HEAD.pack(9) + b"123")
    with pytest.raises(Late, match="sent nothing"):
        ours.receive(time.monotonic())
    with pytest.raises(Late, match="sent 3 bytes of a message of 9"):
        ours.receive(time.monotonic() + 0.5)
    with pytest.raises(Late, match="did not read the request"):
        ours.send(b"", time.monotonic() - 1)
    with pytest.raises(TimeoutError):
        left(time.monotonic())
    assert 0 < left(soon()) <= 20


def test_nothing_may_come_between_two_messages(ends: Ends) -> None:
    ours, theirs = ends
    ours.unasked()
    theirs.sendall(b"x")
    with pytest.raises(Misspoken, match="sent b'x' without being asked, or more than the length of its answer said"):
        ours.unasked()
    theirs.close()
    with pytest.raises(Lost, match=r"^closed the connection between two messages$"):
        ours.unasked()
    ours.close()
    ours.drop()
    with pytest.raises(Lost, match="closed the connection"):
        ours.send(b"x", soon())


@pytest.mark.parametrize(
    ("seconds", "set_to"), [(2.25, (2, 250_000)), (0.0, (0, 1_000)), (-3.0, (0, 1_000))]
)  # none would mean that there is no limit
def test_the_operating_system_is_given_a_limit_that_is_never_none(seconds: float, set_to: tuple[int, int]) -> None:
    with socket.socket() as link:
        send_timeout(link, seconds)
        size = struct.calcsize("ll")
        got = struct.unpack("ll", link.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, size))
    assert got[0] == set_to[0]
    assert set_to[1] <= got[1] <= set_to[1] + 10_000  # the kernel counts in ticks
