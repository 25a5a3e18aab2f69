"""What git is asked about a checkout."""

import subprocess
from pathlib import Path

from harness.errors import HarnessError

LIMIT = 120.0  # s


def asked(folder: Path, *arguments: str, kind: type[HarnessError], mend: str = "") -> str:
    """
    Return what git says in *folder*, without space around it.

    Raises *kind* if it cannot be asked, or refuses; *mend* says what to do then, behind the reason.
    """
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise kind(f"{folder}: git cannot be asked ({error}){mend}") from error
    if done.returncode:
        raise kind(f"{folder}: git: {done.stderr.decode(errors='replace').strip()[:300]}{mend}")
    return done.stdout.decode(errors="replace").strip()
