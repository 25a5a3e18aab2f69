"""`python -m harness` is `codec-harness`."""

from harness.cli.main import main

main()
