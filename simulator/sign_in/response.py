"""The body in which an access token comes."""

from typing import TYPE_CHECKING

from simulator.sign_in.tokens import LIFETIME
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure


def token_response(azure: "Azure", token: str, audience: str, *, v2: bool) -> Json:
    """Numbers from the second endpoint, texts and the resource from the first."""
    lifetime = int(LIFETIME.total_seconds())
    if v2:
        return {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}
    now = int(azure.clock.now().timestamp())
    return {
        "token_type": "Bearer",
        "expires_in": str(lifetime),
        "ext_expires_in": str(lifetime),
        "expires_on": str(now + lifetime),
        "not_before": str(now),
        "resource": audience,
        "access_token": token,
    }
