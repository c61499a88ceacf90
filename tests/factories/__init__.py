"""Makers of rows for tests: `from tests.factories import catalog as make`."""
