"""Who a user name and a password belong to."""

import hmac
from typing import TYPE_CHECKING

from simulator.directory.state import User
from simulator.sign_in.errors import refused

if TYPE_CHECKING:
    from simulator.azure import Azure


def checked_user(azure: "Azure", name: str, password: str) -> User:
    """The user of this name; raises AADSTS50034 where there is none, AADSTS50126 where the password is wrong."""
    user = azure.directory.by_user_name(name)
    if user is None:
        raise refused(50034, user="{EmailHidden}", tenant=azure.directory.tenant)
    if not user.password or not hmac.compare_digest(user.password.encode(), password.encode()):
        raise refused(50126)
    return user
