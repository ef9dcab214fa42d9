"""Working code for an account without a key, in the caller's language: what is offered, and how it is written."""
