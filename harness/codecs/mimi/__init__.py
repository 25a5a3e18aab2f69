"""Mimi, with Kyutai's moshi."""
