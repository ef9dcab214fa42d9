"""Bursts of events, in small for the tests and in full for `make bench-burst`."""
