"""Recognising words: Whisper, its weights, and the rules by which what it hears is believed."""

VERSION = 2  # of this whole package: raise it when the same audio gives other words or another likelihood
