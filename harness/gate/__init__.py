"""What was accepted, and whether today's run is still that: baselines, calibration, gates, and what is said of them."""
