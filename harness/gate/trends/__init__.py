"""Measurements over many releases: a slide that no single gate sees, and the release where a step was."""
