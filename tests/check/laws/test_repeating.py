"""In which way a codec is not the same twice, told by what instances give in fresh processes; here these are rules."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from harness.check.laws.repeating import CLEARED, EMPTIED, RUNS, Kind, Remedy, RepeatedSpeech, remembered, wavering
from harness.codecs.loading import load
from harness.errors import CodecFailed


def sequence(give):
    """Digests of a process in which instance *index* of the streams gives `give(index, streams)`."""
    return lambda streams: [str(give(index, streams)) for index in range(len(streams))]


@pytest.mark.parametrize(
    ("give", "kind", "words"),
    [
        (lambda index, streams: (streams[index], index == 0), Kind.WARM_UP, "the first instance of a process"),
        (
            lambda index, streams: (
                streams[index].replace("cleared", "main"),
                index == 0 or streams[index] == "cleared",
            ),
            Kind.LEFT_OVER,
            "each instance finds what the one before has left",
        ),
        (lambda index, streams: (streams[index], index), Kind.COUNT, "instance 2 gives something else"),
        (lambda index, streams: tuple(streams[: index + 1]), Kind.LEFT_OVER, "what instance 2 of a process gives"),
        (
            lambda index, streams: (streams[index], streams[index - 5] if index >= 5 else None),
            Kind.LEFT_OVER,
            "what instance 6",
        ),
        (lambda index, streams: (streams[index], np.random.default_rng().random()), Kind.CHANCE, "the first instance"),
        (lambda index, streams: streams[index], Kind.UNSEEN, f"{RUNS} instances in each of three"),
    ],
)
def test_ways_of_not_being_the_same_twice_are_told_apart(give, kind, words):
    told = wavering(sequence(give))
    assert told.kind is kind
    assert words in told.words


def outside(pool, chance=0.0, reset=True):
    """Digests of a service whose *pool* places go round, and keep what a stream leaves unless it is *reset*."""
    places, draw = [f"start {place}" for place in range(pool)], np.random.default_rng(1)

    def one(stream):
        found = places.pop(0)
        if reset and stream in (CLEARED, EMPTIED):
            found = "clean"
        places.append("clean" if stream == EMPTIED and reset else stream.replace(CLEARED, "main"))
        return f"{stream.replace(CLEARED, 'main')} after {found}" + " by chance" * (draw.random() < chance)

    return lambda streams: [one(stream) for stream in streams]


@pytest.mark.parametrize("pool", [1, 3, 7])
def test_what_is_left_on_something_that_outlives_the_processes_is_no_chance(pool):
    told = wavering(outside(pool))
    assert (told.kind, told.remedy) == (Kind.LEFT_OVER, Remedy.RESET)


def test_what_is_left_outside_and_no_reset_takes_back_is_told_too():
    told = wavering(outside(1, reset=False))
    assert (told.kind, told.remedy) == (Kind.LEFT_OVER, None)
    assert "a reset does not take that back" in told.words


@pytest.mark.parametrize("digests", [outside(1, chance=0.3), outside(3, chance=0.3), outside(3, reset=False)])
def test_what_no_reset_takes_back_has_no_remedy(digests):
    assert wavering(digests).remedy is None


def test_a_seed_that_is_drawn_at_opening_and_set_by_a_reset_is_chance():
    draw = np.random.default_rng(1)
    told = wavering(lambda streams: ["" if one in (CLEARED, EMPTIED) else str(draw.random()) for one in streams])
    assert told.kind is Kind.CHANCE


def process(gives):
    """Return a codec whose processes each begin anew; *gives* tells an instance's output from the streams before it."""
    return lambda streams: [gives(streams[:number], stream) for number, stream in enumerate(streams)]


def cleaned(stream):
    return "main" if stream == CLEARED else "" if stream == EMPTIED else stream


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
    ("gives", "remedy"),
    [
        (warms_up, Remedy.WARMED),
        (pool_of_three, Remedy.RESET),
        (shared_state, Remedy.RESET),
        (never_cleaned, None),
        (counts, None),
    ],
)
def test_the_other_laws_can_be_asked_after_what_makes_it_the_same_again(gives, remedy):
    found = wavering(process(gives))
    assert found.remedy is remedy
    assert ("reset first" in found.words) == (remedy is Remedy.RESET)


@pytest.mark.parametrize(("first", "which"), [(0, "the first instance"), (3, "instance 4")])
def test_chance_is_told_with_the_first_instance_that_shows_it(first, which):
    number = itertools.count()
    found = wavering(process(lambda before, stream: f"{stream} {next(number) if len(before) >= first else ''}"))
    assert (found.kind, found.remedy) == (Kind.CHANCE, None)
    assert f"{which} of two fresh processes, given the same, gives something else" in found.words


def test_a_codec_that_cannot_be_reset_is_asked_without():
    def refuses(before, stream):
        if stream in (CLEARED, EMPTIED):
            raise CodecFailed("no reset")
        return never_cleaned(before, stream)

    found = wavering(process(refuses))
    assert (found.kind, found.remedy) == (Kind.LEFT_OVER, None)


def heard(pcm, code=1):
    return RepeatedSpeech(np.full((1, 2), code), np.full(4, pcm, np.float32))


def told(plain, first, fresh=None, **declared):
    """What is said where processes give *fresh*, of the stream in order and behind its second half."""
    info = replace(load("pcm", {}).info, **declared)
    return remembered(info, plain, lambda behind: (fresh or (plain, first))[behind], first)


def test_what_is_given_again_is_told_only_if_both_come_out_so_in_other_processes():
    assert told(heard(0.1), heard(0.1)) is None
    assert "give other PCM for a stream" in told(heard(0.1), heard(0.2))
    assert "give other codes for a stream" in told(heard(0.1), heard(0.1, code=2))
    assert told(heard(0.1), heard(0.2), fresh=(heard(0.3), heard(0.2))) is None
    assert told(heard(0.1), heard(0.2), fresh=(heard(0.1), heard(0.3))) is None


def test_rounding_and_ties_of_a_codec_that_declares_some_are_no_memory():
    assert told(heard(0.1), heard(0.2), tolerance=0.11) is None
    assert told(heard(0.1), heard(0.2, code=2), tolerance=0.01) is None
    assert "by up to 1.0e-01" in told(heard(0.1), heard(0.2), tolerance=0.01)
