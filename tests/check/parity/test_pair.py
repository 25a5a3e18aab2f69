"""Two implementations with the inputs of their programs: what cannot be compared, and what both are given."""

from dataclasses import replace

import numpy as np
import pytest
from check.parity.carded import Here

from harness.check.parity.pair import PairInputs, check_comparable, noisy_script, paired, speech_for
from harness.check.parity.playing import Step
from harness.check.parity.program import FRAMES, ProgramCall, parse
from harness.codecs.protocol import LOST, Side
from harness.errors import CodecFailed, UsageInvalid


@pytest.fixture(scope="module")
def inputs():
    reference = Here()
    return PairInputs(reference, speech_for(None, reference.info))


def test_codecs_whose_codes_have_another_shape_are_refused_with_what_can_be_done():
    check_comparable(Here().info, Here("scale").info)
    with pytest.raises(UsageInvalid, match=r"call by call: values of a code 16 and 17; what still can be compared"):
        check_comparable(Here().info, Here(bins=17).info)
    with pytest.raises(UsageInvalid, match="values of a code"):
        paired(Here(), Here(bins=17), None, None)


def test_a_reference_that_is_not_the_same_twice_holds_nothing():
    with pytest.raises(CodecFailed, match="the reference delta does not encode the same twice"):
        paired(Here("chance"), Here(), None, None)


def test_a_reference_that_cannot_do_a_plain_stream_says_why():
    with pytest.raises(CodecFailed, match=r"the reference delta cannot decode a plain stream: .*shape \(79,\)"):
        paired(Here("short"), Here(), None, None)


@pytest.mark.parametrize(("given", "of"), [(None, 0.02), (0.0, 0.0), (0.5, 0.5)])
def test_the_tolerance_is_the_larger_one_declared_unless_another_is_asked(given, of):
    assert paired(Here(tolerance=0.01), Here(tolerance=0.02), None, given).tolerance == of


def test_a_program_is_given_the_reference_codes_of_its_frames(inputs):
    encode, decode, reset = inputs.script(parse("encode speech 1:3\ndecode speech 1:3\nreset decoder"))
    size = inputs.reference.info.frame_size
    assert (encode.verb, len(encode.given), decode.given.shape) == ("encode", 2 * size, (size, 2))
    assert reset == Step("reset", Side.DECODER)
    stream = [Step("encode", inputs.pcm("speech", frame, frame + 1)) for frame in range(3)]
    np.testing.assert_array_equal(decode.given[:, 1:], inputs.reference.play(stream)[2].output)


def test_a_lost_frame_has_codes_of_its_own_and_a_wrong_call_is_marked(inputs):
    lost, wrong = inputs.script(parse("decode lost 0:2\nrefuse code-beyond"))
    assert (lost.given == LOST).all()
    assert not lost.wrong
    assert wrong.wrong
    assert wrong.given.max() >= inputs.reference.info.bins


def test_what_is_handed_out_can_be_changed_without_harm(inputs):
    for made in (inputs.pcm, inputs.codes):
        before = made("speech", 0, 1).copy()
        made("speech", 0, 1)[:] = 0
        np.testing.assert_array_equal(made("speech", 0, 1), before)


def test_noise_is_put_on_what_is_encoded_alone_and_is_another_one_each_run(inputs):
    script = inputs.script(parse("encode speech 0:1\ndecode speech 0:1\nreset both\nrefuse code-beyond"))
    first, second = (noisy_script(script, run) for run in range(2))
    assert first[1:] == second[1:] == script[1:]
    difference = first[0].given - script[0].given
    assert 0 < np.abs(difference).max() < 1e-4
    assert not np.array_equal(first[0].given, second[0].given)
    np.testing.assert_array_equal(noisy_script(script, 1)[0].given, second[0].given)


def test_speech_is_repeated_until_it_is_long_enough(inputs):
    size = inputs.reference.info.frame_size
    assert len(inputs.speech) == FRAMES * size
    assert np.abs(inputs.speech[: 2 * size]).max() > 0.01


def test_programs_that_were_asked_are_counted():
    pair = paired(Here(), Here(), None, None)
    before = pair.programs
    assert pair.compared((ProgramCall("decode", "speech", 0, 4),)).bits
    assert pair.programs == before + 1
    parted = paired(Here(), Here("scale"), None, None).compared((ProgramCall("decode", "speech", 0, 4),))
    assert (parted.bits, parted.parting, parted.beyond) == (False, None, (0, 0))


def test_no_program_is_made_of_latents_nor_of_a_decoder_alone():
    whole = Here().info
    for info, said in (
        (replace(whole, latent_tolerance=1e-4, bins=0), "its codes are latents"),
        (replace(whole, encodes=False), "is a decoder alone, and what is decoded are the codes that the reference"),
    ):
        with pytest.raises(UsageInvalid, match=said):
            check_comparable(info, info)
