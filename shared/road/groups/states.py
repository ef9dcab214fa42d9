"""Client states: the secret that comes back in every event of a subscription. Only hashes of them are kept."""

import hashlib
import hmac
import secrets


def new_state() -> str:
    """128 random bits, in the form of a key, which is cut wherever an answer that repeats it would be logged."""
    return secrets.token_hex(16)


def hash_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def is_state(state: str, state_hash: str) -> bool:
    """True where this is the client state of that hash; takes as long whatever it is."""
    return hmac.compare_digest(hash_of(state), state_hash)
