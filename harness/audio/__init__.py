"""Sound: samples with a rate, files of them, and the reference speech."""
