"""The road of an account: observe → judge → plan → apply. `judge` and `plan` are pure."""
