"""Campaigns against the product's reliability, at full length (`nox -s campaign`); the tests run them in short."""
