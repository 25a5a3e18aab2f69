"""Recognising words: Whisper, its weights, and the rules by which what it hears is believed."""
