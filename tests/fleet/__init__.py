"""A fleet that things happen to: what can happen, what should come of it, and the driver that plays it."""
