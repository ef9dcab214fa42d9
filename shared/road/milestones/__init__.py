"""The road, milestone by milestone. Each module says when its milestone is reached, what blocks it, and which steps lead to it."""
