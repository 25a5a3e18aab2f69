"""Codecs that are broken on purpose, one fault each. A check that lets one of them pass is itself broken."""
