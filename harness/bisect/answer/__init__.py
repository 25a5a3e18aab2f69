"""The answer of a search: its record, its words, its page."""
