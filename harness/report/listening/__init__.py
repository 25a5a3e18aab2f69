"""Listening tests that the page made: their results read back, and their statistics over several listeners."""
