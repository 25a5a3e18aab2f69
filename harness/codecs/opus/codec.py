"""
Opus, through the libopus that the package `opuslib-next-bundled` carries, or another one that is installed.

Conventions
-----------
Codes (K, F) are the bytes of F packets, one column each, 0 to 255. At constant bitrate, the default, every packet has
K bytes. With `vbr` packets differ in length, up to K bytes, twice the average; and with `dtx`, in silence, packets have
one or two bytes; with `switch_bitrate` they have one of two lengths. The rest of a column is then -1. A column of -1
throughout is a lost packet.

With `fec` each packet repeats the one before it in fewer bits. To use that, the decoder must wait for the next packet:
it runs one frame late, whether or not anything is lost, and the declared delay says so.

State is one block of memory per side, without pointers into itself, so a copy of the bytes is a clone. The bytes hold
addresses of libopus's constant tables: compare them within one process only.

Reset is libopus's own OPUS_RESET_STATE. With the default options an instance acts exactly like a fresh one after it.
Not with all: at 48 kHz, 10 ms and 16 kb/s a third of the packets differ. Eleven words of the encoder survive the
reset, and putting one of them back, -1 when fresh and a percentage after speech (by its values the `voice_ratio`),
cures it. `tests/codecs/test_opus.py` keeps the case.

Source: RFC 6716, sections 2.1.7 (forward error correction), 2.1.9 (discontinuous transmission) and 4.4 (concealment).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.opus import library as libopus
from harness.codecs.opus.library import APPLICATIONS, Libopus, Memory
from harness.codecs.opus.library import library as found_library
from harness.codecs.opus.packets import Losses, Rates, rates
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.side_by_side import SideBySide
from harness.errors import CodecFailed, SuiteInvalid

SAMPLE_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
FRAME_MS = (2.5, 5.0, 10.0, 20.0, 40.0, 60.0)
CONCEALMENTS = ("libopus", "silence")
VBR = {"off": (0, 0), "constrained": (1, 1), "unconstrained": (1, 0)}  # variable bitrate, and whether it is constrained

Column = npt.NDArray[np.int64]
Snapshot = tuple[Memory, Memory, Column | None, int]


def _named(name: str, library: Libopus) -> str:
    return "libopus" if name == "bundled" else f"{library.version} ({name})"  # the bundled one calls itself "unknown"


def _choose(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    if value not in allowed:
        raise SuiteInvalid(f"opus: {name} is {value!r}, wanted one of {', '.join(map(str, allowed))}")


class OpusCodec:
    """
    The codec `opus`.

    bitrate : bits per second, rounded to whole bytes per frame
    frame_ms : 2.5, 5, 10, 20, 40 or 60
    sample_rate : 8000, 12000, 16000, 24000 or 48000 Hz
    complexity : 0 (fast) to 10 (good)
    application : `audio` keeps the waveform, `voip` high-passes it, `lowdelay` never uses the speech coder
    fec : repeat each packet in the next, and decode one frame late so that it helps; needs `expected_loss`, 20 kb/s or
        more, frames of 10 ms or more, and the speech coder
    expected_loss : per cent of packets that the encoder prepares for, 0 to 100
    dtx : send next to nothing in silence
    vbr : `off` for constant bitrate; `constrained` needs one frame of buffering at most on a line of the nominal rate,
        `unconstrained` may need more; where libopus uses its speech coder, both are the same
    concealment : a lost packet is concealed by `libopus`, or replaced by `silence` that the decoder does not hear of
    switch_bitrate, switch_every : in mid-stream go to this bitrate and back, every so many frames
    library : the libopus of opuslib-next-bundled (`bundled`), of the package av (`pyav`) or `opuscodec`, or of the
        `system`

    The declared delay is the encoder's look-ahead, and with `fec` one frame.
    """

    thread_safe = True  # each instance has its own blocks of state, and libopus has none beside them

    def __init__(
        self,
        bitrate: int = 16_000,
        frame_ms: float = 20.0,
        sample_rate: int = 16_000,
        complexity: int = 10,
        application: str = "audio",
        fec: bool = False,
        expected_loss: int = 0,
        dtx: bool = False,
        vbr: str = "off",
        concealment: str = "libopus",
        switch_bitrate: int | None = None,
        switch_every: int | None = None,
        library: str = "bundled",
    ) -> None:
        _choose("sample_rate", sample_rate, SAMPLE_RATES)
        _choose("frame_ms", frame_ms, FRAME_MS)
        _choose("complexity", complexity, tuple(range(11)))
        _choose("application", application, tuple(APPLICATIONS))
        _choose("vbr", vbr, tuple(VBR))
        _choose("concealment", concealment, CONCEALMENTS)
        if type(expected_loss) is not int or not 0 <= expected_loss <= 100:
            raise SuiteInvalid(f"opus: expected_loss is {expected_loss!r:.60}, wanted per cent, 0 to 100")
        if fec and (expected_loss == 0 or frame_ms < 10 or application == "lowdelay"):
            raise SuiteInvalid(
                "opus: fec has no effect unless expected_loss is above 0, frame_ms 10 or more and application audio or "
                "voip; libopus would say nothing"
            )
        self._rates = rates(bitrate, switch_bitrate, switch_every, frame_ms, vbr != "off")
        request = {
            libopus.SET_BITRATE: bitrate,
            libopus.SET_VBR: VBR[vbr][0],
            libopus.SET_VBR_CONSTRAINT: VBR[vbr][1],
            libopus.SET_COMPLEXITY: complexity,
            libopus.SET_INBAND_FEC: int(fec),
            libopus.SET_PACKET_LOSS: expected_loss,
            libopus.SET_DTX: int(dtx),
        }
        self._library = found_library(library)
        self._encoder = self._library.new_encoder(sample_rate, application, request)
        self._decoder = self._library.new_decoder(sample_rate)
        self._losses = Losses(fec, dtx, vbr != "off", concealment, frozenset(self._rates.longest))
        settings = ":".join(map(str, (bitrate, frame_ms, sample_rate, complexity, application, expected_loss, vbr)))
        frame_size = round(sample_rate * frame_ms / 1000)
        rate = "constant" if vbr == "off" else f"variable ({vbr})"
        named = _named(library, self._library)
        extras = [f"{application}"] + ["fec"] * fec + ["dtx"] * dtx
        self.info = CodecInfo(
            name="opus",
            sample_rate=sample_rate,
            frame_size=frame_size,
            codebooks=max(self._rates.longest),
            bins=256,
            delay=self._library.lookahead(self._encoder) + (frame_size if fec else 0),
            stateful=True,
            tolerance=0.0,
            context=None,
            fingerprint=f"opus:3:{settings}:_{self._losses}:{self._rates}{self._library.sha256}",
            description=f"{named}, {bitrate / 1000:g} kb/s {rate}, frames of {frame_ms:g} ms, {', '.join(extras)}",
        )
        try:
            self.open().encode(np.zeros(self.info.frame_size, np.float32))
        except CodecFailed as error:
            raise SuiteInvalid(f"opus: libopus cannot keep {bitrate} b/s at {frame_ms:g} ms: {error}") from error

    def open(self) -> "OpusInstance":
        """Return a fresh instance."""
        memory = self._encoder.copy(), self._decoder.copy()
        return OpusInstance(self.info, self._library, self._losses, self._rates, memory)

    def open_slots(self, rows: int) -> SideBySide:
        """Return a fresh instance with *rows* free rows."""
        return SideBySide(self, rows)


class OpusInstance:
    """
    An instance of `opus`: see `harness.codecs.protocol.Instance`.

    memory : the blocks of state of encoder and decoder; held : the packet that waits for the next one (`fec`);
    encoded : frames so far, which decide the bitrate (`switch_bitrate`)
    """

    def __init__(
        self,
        info: CodecInfo,
        library: Libopus,
        losses: Losses,
        rates: Rates,
        memory: tuple[Memory, Memory],
        held: Column | None = None,
        encoded: int = 0,
    ) -> None:
        self._info = info
        self._library = library
        self._losses = losses
        self._rates = rates
        self._encoder, self._decoder = memory
        self._held = held
        self._encoded = encoded

    def encode(self, pcm: Samples) -> Codes:
        """Encode frame by frame; however *pcm* is cut into calls, the packets are the same."""
        frames, size = whole_frames(pcm, self._info), self._info.frame_size
        pcm = np.ascontiguousarray(pcm)
        codes = np.full((self._info.codebooks, frames), -1, np.int64)
        packet = np.zeros(self._info.codebooks, np.uint8)
        for frame in range(frames):
            bitrate, longest = self._rates.at(self._encoded)
            if self._rates.switch:
                self._library.set_bitrate(self._encoder, bitrate)
            length = self._library.encode(self._encoder, pcm[frame * size :], size, packet[:longest])
            if not self._losses.whole(length):
                raise CodecFailed(f"opus: got a packet of {length} bytes, wanted {longest}")
            codes[:length, frame] = packet[:length]
            self._encoded += 1
        return codes

    def decode(self, codes: Codes) -> Samples:
        """Decode packet by packet; a column of -1 is a lost packet."""
        frames, size = whole_codes(codes, self._info, lowest=-1), self._info.frame_size
        for column in codes.T:
            self._packet(column)  # a wrong one is refused before any is decoded
        pcm = np.zeros(frames * size, np.float32)
        for frame, column in enumerate(codes.T):
            place = pcm[frame * size : (frame + 1) * size]
            if not self._losses.fec:
                self._decode_one(column, None, place)
                continue
            if self._held is not None:
                self._decode_one(self._held, column, place)
            self._held = column.copy()
        return pcm

    def _decode_one(self, column: Column, following: Column | None, pcm: Samples) -> None:
        """Decode one packet into *pcm*; *following* is the packet after it where that is known."""
        packet = self._packet(column)
        repeat = None if following is None else self._packet(following)
        if packet is None and repeat is not None:
            self._library.decode(self._decoder, repeat, pcm, previous=True)
        elif packet is not None or self._losses.concealment == "libopus":
            self._library.decode(self._decoder, packet, pcm)

    def _packet(self, column: Column) -> Memory | None:
        """Return the bytes of a packet, None if it was lost; raise `CodecFailed` if only parts of it arrived."""
        length = int(np.count_nonzero(column >= 0))
        if not length:
            return None
        if not self._losses.whole(length) or (column[:length] < 0).any():
            raise CodecFailed("opus: decode got a packet with some bytes -1; wanted all of them (lost) or none")
        return np.ascontiguousarray(column[:length]).astype(np.uint8)

    def reset(self, side: Side) -> None:
        """Call OPUS_RESET_STATE; settings such as the bitrate stay."""
        if side in (Side.ENCODER, Side.BOTH):
            self._library.reset_encoder(self._encoder)
            self._encoded = 0
        if side in (Side.DECODER, Side.BOTH):
            self._library.reset_decoder(self._decoder)
            self._held = None

    def clone(self) -> "OpusInstance":
        """Return an instance with copies of both blocks of state."""
        encoder, decoder, held, encoded = self.snapshot()
        return OpusInstance(self._info, self._library, self._losses, self._rates, (encoder, decoder), held, encoded)

    def state(self) -> State:
        """
        Return both blocks of state as bytes, with `fec` the packet that waits (-2 where there is none), and with
        `switch_bitrate` how many frames were encoded.
        """
        found: State = {"encoder/state": self._encoder.copy(), "decoder/state": self._decoder.copy()}
        if self._losses.fec:
            empty = np.full(self._info.codebooks, -2, np.int64)
            found["decoder/held"] = empty if self._held is None else self._held.copy()
        if self._rates.switch:
            found["encoder/encoded"] = np.array([self._encoded])
        return found

    def snapshot(self) -> Snapshot:
        """Return a copy of the state that `restore` takes."""
        held = None if self._held is None else self._held.copy()
        return self._encoder.copy(), self._decoder.copy(), held, self._encoded

    def restore(self, snapshot: Snapshot) -> None:
        """Put a snapshot back, taken from this instance or another of the same codec in the same process."""
        self._encoder[:], self._decoder[:], held, self._encoded = snapshot
        self._held = None if held is None else held.copy()
