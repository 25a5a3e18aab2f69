"""The programs of laws: on which signal they run, which ask a decoder alone, and which are chosen."""

import pytest

from harness.check.laws.refusals import WRONG
from harness.check.parity.laws import CARRIER, PARITY, PLAIN, STAYS_TOGETHER, chosen, of_a_decoder, plain
from harness.check.parity.program import FRAMES, Program
from harness.check.parity.signals import SIGNALS
from harness.errors import UsageInvalid

CARRIERS = {"encode": "soft", "decode": "square"}


def program(name: str) -> Program:
    return PARITY[name].program(CARRIERS)


def frames(name: str, verb: str) -> list[int]:
    """Return the frames that a law gives to *verb*, in order."""
    return [frame for call in program(name) if call.verb == verb for frame in range(call.start, call.stop)]


@pytest.mark.parametrize("name", [name for name in PARITY if name not in PLAIN])
def test_a_carrier_is_the_signal_of_its_verb_and_no_other_is_left(name):
    for call in program(name):
        assert call.of != CARRIER
        if call.verb in CARRIERS and call.of in CARRIERS.values():
            assert call.of == CARRIERS[call.verb]


def test_plain_use_of_every_signal_comes_first_frame_by_frame_to_the_end():
    assert list(PARITY)[: len(PLAIN)] == [plain(verb, name) for verb in ("encode", "decode") for name in SIGNALS]
    for name in PLAIN:
        calls = PARITY[name].program({})
        assert [(call.start, call.stop) for call in calls] == [(at, at + 1) for at in range(FRAMES)]
    assert "encoding speech" in PARITY["encode-speech"].promise
    assert "PCM" in PARITY["decode-speech"].promise


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("skipped", [*range(5), *range(6, 16)]),
        ("repeated", [*range(6), *range(5, 16)]),
        ("rest-lost", [*range(5), *range(5, 30)]),
        ("burst-lost", [*range(20)]),
        ("calls-of-5", [*range(FRAMES)]),
    ],
)
def test_a_law_gives_the_frames_that_it_promises(name, wanted):
    assert frames(name, "decode") == wanted


def test_every_other_frame_is_lost_and_none_of_them_of_the_signal():
    lost = [call.start for call in program("every-other-lost") if call.of == "lost"]
    assert lost == list(range(1, 20, 2))


@pytest.mark.parametrize("verb", ["encode", "decode"])
def test_every_wrong_input_is_refused_once_with_a_call_before_and_after(verb):
    calls = program("refused-encoding" if verb == "encode" else "refused-decoding")
    refused = [call.of for call in calls if call.verb == "refuse"]
    assert refused == [name for name, wrong in WRONG.items() if wrong.verb == verb]
    assert (calls[0].verb, calls[-1].verb, calls[-1].stop) == (verb, verb, 16)
    taken = frames("refused-encoding" if verb == "encode" else "refused-decoding", verb)
    assert taken == list(range(16))  # no frame left out by a refusal


def test_a_decoder_alone_is_asked_what_calls_no_encoder():
    asked = of_a_decoder(tuple(PARITY))
    assert {"decode-speech", "reset-decoder", "refused-decoding", "one-lost", "flush"} <= set(asked)
    assert not {"encode-speech", "turns", "reset-encoder", "reset-one-side", "refused-encoding"} & set(asked)
    assert of_a_decoder((STAYS_TOGETHER, "one-lost")) == ("one-lost",)
    assert of_a_decoder(("turns",)) == ()


def test_laws_are_chosen_in_the_order_of_the_table_and_all_if_none_is_named():
    assert chosen(()) == (*PARITY, STAYS_TOGETHER)
    assert chosen((STAYS_TOGETHER, "one-lost", "encode-speech")) == ("encode-speech", "one-lost", STAYS_TOGETHER)
    assert chosen((), ("one-lost",)) == tuple(name for name in (*PARITY, STAYS_TOGETHER) if name != "one-lost")
    with pytest.raises(UsageInvalid, match="--except: takes away every law"):
        chosen(("one-lost",), ("one-lost",))


@pytest.mark.parametrize("given", [(("no-law",), ()), ((), ("no-law",))])
def test_a_law_that_there_is_not_is_refused_with_those_that_there_are(given):
    with pytest.raises(
        UsageInvalid, match=r"--law: no law 'no-law' of two implementations; .*one-lost.*stays-together"
    ):
        chosen(*given)
