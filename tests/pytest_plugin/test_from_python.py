"""The fixture `codec_harness`: assertions that read well, and failures that say what happened."""

TEST = """
import pytest

def test_clone(codec_harness):
    result = codec_harness.setup("opus", "cloned-decoder", bitrate=9000, utterances=["heart-04"], asr=False)
    result.assert_identical()
    result.assert_same_speech()

def test_broken(codec_harness):
    result = codec_harness.setup("opus", "reset-every-frame-decoder", bitrate=9000, utterances=["heart-04"], asr=False)
    result.assert_broken()
    result.assert_same_speech()

def test_control(codec_harness):
    result = codec_harness.setup("pcm", "cross-talk", utterances=["heart-04"], asr=False)
    result.assert_broken("degraded")

def test_pair(codec_harness):
    pair = codec_harness.score(SPEECH, QUIET)
    pair.assert_same_speech()
"""


def test_setups_and_pairs_from_python(project, speech_folder):
    import soundfile

    samples, rate = soundfile.read(speech_folder / "heart-04.flac", dtype="float32")
    soundfile.write(project.path / "quiet.wav", samples * 0.5, rate)
    project.write(
        "test_mine.py",
        f"SPEECH = {str(speech_folder / 'heart-04.flac')!r}\nQUIET = {str(project.path / 'quiet.wav')!r}\n{TEST}",
    )
    result = project.run("test_mine.py")
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: opus/reset-every-frame-decoder must be altered or better, but is degraded",
            "*- heart-04: PESQ-WB 1.10 instead of 2.45",
            "*worst utterance: heart-04",
            "*first diverging frame: 23 (0.45 s)",
            "*pesq_wb * 1.099  reference 2.453",
            "*listen: */audio/*.flac",
            "*report: */index.html",
            "*pcm/cross-talk is an expected failure (degraded or worse), but is identical",
            "*quiet.wav: words were not scored: give the words that were said as text=",
            "*must be altered or better, but is degraded",
            "*level changed by -6.0 dB",
        ]
    )
