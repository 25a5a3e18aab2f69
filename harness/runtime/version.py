"""The version of this package, for what may not import the whole of it."""

__version__ = "0.1.0"
