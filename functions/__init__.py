"""The triggers: each module parses what its trigger brings, makes one call, and answers."""
