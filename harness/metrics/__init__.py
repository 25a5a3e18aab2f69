"""Metrics: functions from an aligned pair of signals, or from texts, to values."""
