"""`python -m harness` is `codec-harness`."""

from harness.cli import main

main()
