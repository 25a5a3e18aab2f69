"""
Whether an audio file is whole: what a decoder gives of half a file is good audio, so it does not say.

A container that states its length is held to it, an Ogg stream must end in its last page, an MP3 file in a whole frame
and, where it counts them, with all of them; FLAC carries the MD5 of its samples. What says nothing of its length, such
as headerless data or an MP3 file without a count that was cut between two frames, cannot be told.

Sources: the log of libsndfile's readers; RFC 3533 (Ogg); RFC 9639 (FLAC); ISO/IEC 11172-3 and 13818-3, and the Xing
header as LAME writes it (MP3).
"""

import hashlib
import re
from pathlib import Path

import numpy as np
import soundfile

from harness.audio.blocks import integers

CONTRADICTED = re.compile(r"^\s*(\w[\w ]*?)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
STATED = re.compile(r"^\s*Frames\s*:\s*(\d+)", re.MULTILINE)
SPHERE = re.compile(rb"^sample_count -i (\d+)", re.MULTILINE)
OUTER = {"RIFF", "riff", "Riff size", "FORM"}  # their last byte may only fill up, and is often not written
UNKNOWN_LENGTH = 0x7FFF0000  # what is written to a pipe states about as much as its field can hold

LENGTH_LEFT_OPEN = (1 << 63) - 1  # what libsndfile says of FLAC that does not state how long it is

TRAILING = 1024  # bytes after the last chunk that may be anything, such as a tag of another format

LAST_PAGE = 4  # flag of an Ogg page
# By MPEG version (1; 2 and 2.5) and layer, kbit/s; by version, Hz
BITRATES = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def damage(path: Path, file: soundfile.SoundFile, frames: int) -> str | None:
    """Say what is missing or wrong in *path*, of which the open *file* gave *frames* frames; None if it is whole."""
    if file.format in ("OGG", "MP3"):
        return _of_ogg(path.read_bytes()) if file.format == "OGG" else _of_mp3(path.read_bytes())
    if frames < file.frames < LENGTH_LEFT_OPEN:
        return f"the header promises {file.frames} samples, the file holds {frames}"
    if file.format == "FLAC":
        return _of_flac(path)
    return _of_container(path, file, frames)


def _of_container(path: Path, file: soundfile.SoundFile, frames: int) -> str | None:
    log = file.extra_info
    own = {"CAF": _of_caf, "WAV": _of_riff, "WAVEX": _of_riff}.get(file.format)
    if own is not None and (found := own(path.read_bytes())) is not None:
        return found
    for name, promised, held in CONTRADICTED.findall(log):
        if int(held) + (name in OUTER) < int(promised) < UNKNOWN_LENGTH:
            return f"the header promises {promised} bytes ({name}), the file holds {held}"
    counts = [int(count) for count in STATED.findall(log)]
    if file.format == "NIST":
        with path.open("rb") as content:
            counts += [int(count) for count in SPHERE.findall(content.read(4096))]
    if counts and frames < max(counts) < UNKNOWN_LENGTH:
        return f"the header promises {max(counts)} samples, the file holds {frames}"
    return "the file ends before its header says" if "truncated" in log else None


def _of_riff(data: bytes) -> str | None:
    """Say whether sound follows that the header leaves out; what is cut off, libsndfile notices."""
    start, unfinished = 12, False
    while data[:4] == b"RIFF" and start + 8 <= len(data):
        kind, size = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        if kind.isascii() and (start + 8 + size <= len(data) or kind == b"data"):
            start += 8 + size + size % 2
            unfinished = unfinished or (kind == b"data" and not size)
            continue
        left = len(data[start:].strip(b"\0"))
        if left <= TRAILING:
            return None
        if unfinished:  # as of a program that stopped, or could not go back, before it wrote how long the sound is
            return f"its header was never finished: it tells of no sound, and {left} bytes follow"
        return f"{left} bytes follow the sound that its header tells of"
    return None


def _of_caf(data: bytes) -> str | None:
    start = 8
    while start + 12 <= len(data):
        kind, size = data[start : start + 4], int.from_bytes(data[start + 4 : start + 12], signed=True)
        start += 12 + size
        if size < 0:  # up to the end, wherever that is
            return None
        if start > len(data):
            return f"the header promises {size} bytes ({kind!r}), {start - len(data)} are missing"
    return None


def _of_ogg(data: bytes) -> str | None:
    start, flags = 0, 0
    while data[start : start + 4] == b"OggS":
        header = data[start : start + 27]
        lengths = data[start + 27 : start + 27 + header[-1]] if len(header) == 27 else b""
        stop = start + 27 + len(lengths) + sum(lengths)
        if len(header) < 27 or len(lengths) < header[-1] or stop > len(data):
            return "the last page of the Ogg stream is cut off"
        start, flags = stop, header[5]
    return None if flags & LAST_PAGE else "the Ogg stream has no last page"


def _of_mp3(data: bytes) -> str | None:
    start = first = _after_tag(data)
    found, counted = 0, None
    while (size := _mp3_frame(data[start : start + 4])) is not None:
        if start + size > len(data):
            return f"its last MP3 frame has {len(data) - start} of {size} bytes"
        if start == first:
            counted = _xing_count(data[start : start + size])
        found, start = found + 1, start + size
    if counted is not None and found - 1 < counted:  # the frame that counts is not counted
        return f"the header promises {counted} MP3 frames, the file holds {found - 1}"
    return None


def _mp3_frame(header: bytes) -> int | None:
    """Return the length in bytes of the frame that begins with *header*; None if none does, or it does not say."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    bits = 1000 * BITRATES[1 if version == 3 else 2, layer][bitrate]
    if layer == 1:
        return (12 * bits // RATES[version][rate] + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // RATES[version][rate] + padding


def _xing_count(frame: bytes) -> int | None:
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or at > 40 or not frame[at + 7 : at + 8] or not frame[at + 7] & 1:
        return None
    return int.from_bytes(frame[at + 8 : at + 12])


def _of_flac(path: Path) -> str | None:
    data = path.read_bytes()
    start = _after_tag(data)
    if data[start : start + 4] != b"fLaC":
        return None
    info = data[start + 8 : start + 42]  # STREAMINFO, always the first block
    bits = ((info[12] & 1) << 4 | info[13] >> 4) + 1
    if not any(info[18:34]):
        return None  # the encoder did not say
    digest = hashlib.md5(usedforsecurity=False)
    for block in integers(path):
        samples = np.ascontiguousarray(block >> (32 - bits), dtype="<i4")
        digest.update(samples.reshape(-1, 1).view(np.uint8)[:, : (bits + 7) // 8].tobytes())
    if digest.digest() != info[18:34]:
        return "the samples are not those that were encoded: their MD5 is not the one in the FLAC header"
    return None


def _after_tag(data: bytes) -> int:
    """Return where an ID3 tag at the beginning ends; 0 if there is none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + sum((byte & 127) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
