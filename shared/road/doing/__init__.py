"""How each kind of step is taken: do, read back, and the facts as they are afterwards."""
