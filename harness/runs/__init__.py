"""One run: a suite, its groups traced and compared, scored, judged, and written down."""
