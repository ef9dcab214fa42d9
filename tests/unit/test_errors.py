"""What crosses the bridge from foreign errors."""

import base64
import secrets

import jwt
import pytest

from shared.errors import without_secrets
from shared.models import RoleGrant
from tests.watching import CHAT

LONG = "".join(secrets.choice("abcXYZ789") for _ in range(84))
STORAGE = base64.b64encode(secrets.token_bytes(64)).decode()
TOKEN = jwt.encode({"oid": "x" * 40}, "k" * 32)
GRANT = RoleGrant(CHAT, "5f9cc6a4-1f2e-5a3a-9d4b-a11ce0000001", "Group", "a97b65f3-24c7-4388-baec-2e87135dc908", "")


@pytest.mark.parametrize(
    "secret",
    [LONG, STORAGE, TOKEN, TOKEN[:60], secrets.token_hex(16)],
    ids=["84 letters", "64 bytes", "token", "cut token", "32 digits"],
)
def test_what_looks_like_a_secret_is_cut_wherever_it_stands(secret: str) -> None:
    for text in (secret, f"Bearer {secret}", f'{{"key1":"{secret}"}}', f"key={secret}&x=1", f"({secret})."):
        assert secret not in without_secrets(text)
        assert "[cut]" in without_secrets(text)


@pytest.mark.parametrize(
    "text", [CHAT, GRANT.name, "does not have authorization to perform action 'a/b/c'", "429 Too many"]
)
def test_ids_and_sentences_stay_as_they_are(text: str) -> None:
    assert without_secrets(text) == text
