"""In which way a codec is not the same twice, told by what instances give in fresh processes; here these are rules."""

import itertools

import pytest

from harness.check.laws.repeating import CLEARED, EMPTIED, RUNS, Kind, Remedy, wavering
from harness.errors import CodecFailed


def process(gives):
    """Return a codec whose processes each begin anew; *gives* tells an instance's output from the streams before it."""
    return lambda streams: [gives(streams[:number], stream) for number, stream in enumerate(streams)]


def cleaned(stream):
    return "main" if stream == CLEARED else "" if stream == EMPTIED else stream


def steady(_before, stream):
    return cleaned(stream)


def warms_up(before, stream):
    return cleaned(stream) + " cold" * (not before)


def counts(before, stream):
    return f"{cleaned(stream)} {len(before) // 3}"


def pool_of_three(before, stream):
    """Give what a slot holds from the stream that had it before, unless it is reset."""
    dirt = before[-3] if len(before) >= 3 else "clean"
    return cleaned(stream) + ("" if stream in (CLEARED, EMPTIED) else f" after {dirt}" * (dirt != "clean"))


def shared_state(before, stream):
    return cleaned(stream) + " again" * (bool(before) and stream not in (CLEARED, EMPTIED))


def never_cleaned(before, stream):
    return f"{cleaned(stream)} after {cleaned(before[-1]) if before else 'nothing'}"


@pytest.mark.parametrize(
    ("gives", "kind", "remedy", "words"),
    [
        (steady, Kind.UNSEEN, None, f"{RUNS} instances in each of three fresh processes gave the same"),
        (warms_up, Kind.WARM_UP, Remedy.WARMED, "the first instance of a process gives something else"),
        (counts, Kind.COUNT, None, "(instance 4 gives something else than the one before)"),
        (pool_of_three, Kind.LEFT_OVER, Remedy.RESET, "what instance 4 of a process gives depends on"),
        (shared_state, Kind.LEFT_OVER, Remedy.RESET, "instances share state"),
        (never_cleaned, Kind.LEFT_OVER, None, "what instance 2 of a process gives depends on"),
    ],
)
def test_each_way_of_wavering_is_told_from_the_others(gives, kind, remedy, words):
    found = wavering(process(gives))
    assert (found.kind, found.remedy) == (kind, remedy)
    assert words in found.words
    assert ("reset first" in found.words) == (remedy is Remedy.RESET)


@pytest.mark.parametrize(("first", "which"), [(0, "the first instance"), (3, "instance 4")])
def test_chance_is_told_with_the_first_instance_that_shows_it(first, which):
    number = itertools.count()
    found = wavering(process(lambda before, stream: f"{stream} {next(number) if len(before) >= first else ''}"))
    assert (found.kind, found.remedy) == (Kind.CHANCE, None)
    assert f"{which} of two fresh processes, given the same, gives something else" in found.words


class Server:
    """Its one slot outlives the processes, and *cleans* itself at a reset, or does not."""

    def __init__(self, *, cleans):
        self.cleans, self.left = cleans, "nothing"

    def __call__(self, streams):
        return [self.given(stream) for stream in streams]

    def given(self, stream):
        if stream in (CLEARED, EMPTIED) and self.cleans:
            self.left = "nothing"
        found = f"{cleaned(stream)} after {self.left}"
        if stream != EMPTIED:
            self.left = cleaned(stream)
        return found if stream != EMPTIED else ""


@pytest.mark.parametrize(("cleans", "remedy"), [(True, Remedy.RESET), (False, None)])
def test_what_a_server_keeps_is_no_chance(cleans, remedy):
    found = wavering(Server(cleans=cleans))
    assert (found.kind, found.remedy) == (Kind.LEFT_OVER, remedy)
    assert "outlives the process" in found.words


def test_a_codec_that_cannot_be_reset_is_asked_without():
    def refuses(before, stream):
        if stream in (CLEARED, EMPTIED):
            raise CodecFailed("no reset")
        return never_cleaned(before, stream)

    found = wavering(process(refuses))
    assert (found.kind, found.remedy) == (Kind.LEFT_OVER, None)
