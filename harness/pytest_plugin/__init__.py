"""The pytest plugin: suites as tests, and the fixture for tests in Python."""
