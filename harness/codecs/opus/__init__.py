"""Opus, with libopus."""
