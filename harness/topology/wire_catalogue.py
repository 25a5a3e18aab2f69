"""The standard wires, by name."""

from harness.errors import SuiteInvalid, meant
from harness.topology.wire import Wire

WIRES: dict[str, Wire] = {
    "drop-frame": Wire(fault="drop", about="one frame is taken out; everything after it comes early"),
    "lose-frame": Wire(fault="lose", about="one frame is lost, and the decoder is told"),
    "lose-every-10th": Wire(fault="lose", every=10, about="every tenth frame is lost, and the decoder is told"),
    "lose-burst": Wire(fault="lose", count=5, about="five frames in a row are lost, and the decoder is told"),
    "lose-bursts": Wire(fault="lose", every=20, count=3, about="of every twenty frames three in a row are lost, told"),
    "lose-bursts-by-chance": Wire(
        fault="lose",
        share=0.1,
        spell=4.0,
        seed=1,
        about="a tenth is lost by chance, four frames in a row on average, told",
    ),
    "lose-by-chance": Wire(
        fault="lose", share=0.1, seed=1, about="a tenth is lost by chance, each frame by itself, told"
    ),
    "lose-late": Wire(
        fault="lose", jitter=1.0, wait=3.0, seed=3, about="what a buffer of three frames gets too late is lost, told"
    ),
    "repeat-bursts-by-chance": Wire(
        fault="repeat-previous",
        share=0.1,
        spell=4.0,
        seed=1,
        about="a tenth by chance, in bursts, is the frame before it",
    ),
    "repeat-late": Wire(
        fault="repeat-previous", jitter=1.0, wait=3.0, seed=3, about="what a buffer gets too late is the frame before"
    ),
    "lose-alternate": Wire(
        fault="lose", pattern="......x.x.x.", about="six frames come, of the next six every other is lost, told"
    ),
    "stall": Wire(fault="stall", count=3, about="the buffer runs dry: three lost frames are played, all after is late"),
    "drop-burst": Wire(fault="drop", count=5, about="five frames in a row are taken out"),
    "duplicate-frame": Wire(fault="duplicate", about="one frame is sent twice"),
    "swap-frames": Wire(fault="swap", about="two neighbouring frames are exchanged"),
    "swap-every-2nd": Wire(fault="swap", every=2, about="frames are exchanged in pairs, all the way"),
    "repeat-previous": Wire(fault="repeat-previous", about="one frame is replaced by the one before"),
    "repeat-burst": Wire(fault="repeat-previous", count=5, about="five frames in a row are the one before them"),
    "repeat-every-3rd": Wire(fault="repeat-previous", every=3, about="every third frame is the one before it"),
    "off-by-one": Wire(fault="off-by-one", about="every code is one too high"),
    "swap-codebooks-0-1": Wire(fault="permute", codebooks=(1, 0), about="the first two codebooks are exchanged"),
    "reverse-codebooks": Wire(fault="permute", codebooks=(-1,), about="the codebooks come in reverse order"),
    "first-codebook-only": Wire(fault="keep", count=1, about="only the first codebook is sent"),
    "zero-codebook-0": Wire(fault="zero", codebooks=(0,), about="the first codebook is all zeros"),
    "transposed": Wire(fault="transpose", about="(F, K) is read as (K, F)"),
    "acoustic-delay": Wire(fault="delay", count=1, about="all codebooks but the first are one frame late"),
    "acoustic-delay-2": Wire(fault="delay", count=2, about="all codebooks but the first are two frames late"),
    "acoustic-early": Wire(fault="advance", count=1, about="all codebooks but the first are one frame early"),
    "staggered": Wire(fault="stagger", count=1, about="each codebook is one frame later than the one before"),
    "codebooks-to-first": Wire(
        fault="switch-codebooks", count=1, about="from the middle on only the first codebook is sent"
    ),
    "codebooks-in-turn": Wire(
        fault="switch-codebooks", count=4, every=12, about="all codebooks and the first four, in turn for 12 frames"
    ),
    "late-frame": Wire(fault="shift", about="everything comes one frame late, a frame of zeros first"),
    "zero-frame": Wire(fault="zero-frame", about="one frame is all zeros"),
    "zero-burst": Wire(fault="zero-frame", count=5, about="five frames in a row are all zeros"),
    "latent-noise": Wire(fault="noise", about="white noise 20 dB below the latents is added to them"),
    "latent-float16": Wire(fault="round", about="latents are sent as float16"),
    "latent-bfloat16": Wire(fault="round", dtype="bfloat16", about="latents are sent as bfloat16"),
}


def find(name: str) -> Wire:
    """Return the standard wire *name*; raise `SuiteInvalid` if there is none."""
    if name not in WIRES:
        raise SuiteInvalid(f"wire {name!r} is unknown; {meant(name, WIRES)}wanted one of {', '.join(WIRES)}")
    return WIRES[name]
