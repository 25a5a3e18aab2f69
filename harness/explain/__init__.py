"""Where two runs of the same speech part: the first frame, the first module, the first state array."""
