"""Whether a codec stays what it is over a long stream: its output, its memory, its time."""
