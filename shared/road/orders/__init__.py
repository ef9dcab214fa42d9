"""Orders: what a person or a portal asks for. Each is shown, refused, or carried out by the queue worker like a pass.

A module for each kind of thing says, without any reading of its own, which steps an order comes to and what keeps it from
being done; `show` reads and tells, `carry_out` does.
"""
