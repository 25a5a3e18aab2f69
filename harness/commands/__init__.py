"""The commands of `codec-harness`, one module each."""
