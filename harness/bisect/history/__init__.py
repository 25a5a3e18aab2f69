"""Histories: files of versions, kinds of versions, installed packages, commits."""
