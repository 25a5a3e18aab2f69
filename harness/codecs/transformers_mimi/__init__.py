"""Mimi, with Hugging Face transformers."""
