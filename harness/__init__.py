"""codec-harness: regression tests for streaming neural speech codecs."""

__version__ = "0.1.0"
