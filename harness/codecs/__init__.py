"""Adapters: the only files that import a codec framework."""
