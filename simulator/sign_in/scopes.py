"""What a `scope` parameter asks for.

Microsoft identity platform: "Scopes and permissions in the Microsoft identity platform".
"""

from dataclasses import dataclass

from simulator.sign_in.errors import refused

_OPENID = frozenset({"openid", "profile", "offline_access", "email"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Permissions at one resource, whose identifier is as it was sent; `.default` stands for all that were consented to."""

    resource: str
    permissions: tuple[str, ...]

    @property
    def default(self) -> bool:
        return self.permissions == (".default",)


def every_wanted(scope: str) -> list[Wanted]:
    """The resources that a scope parameter names, each with its permissions; empty where it has OpenID scopes alone.

    Raises AADSTS70011 for what names no resource, and for `.default` beside another permission.
    """
    found: dict[str, list[str]] = {}
    for each in scope.split():
        if each.lower() in _OPENID:
            continue
        resource, _, permission = each.rpartition("/")
        if not resource or not permission:
            raise refused(70011, scope=scope)
        found.setdefault(resource, []).append(permission)
    if any(".default" in permissions and len(permissions) > 1 for permissions in found.values()):
        raise refused(70011, scope=scope)
    return [Wanted(resource, tuple(permissions)) for resource, permissions in found.items()]


def one_wanted(scope: str) -> Wanted | None:
    """The one resource that a token is asked for, None for OpenID scopes alone; raises AADSTS70011 for several."""
    found = every_wanted(scope)
    if len(found) > 1:
        raise refused(70011, scope=scope)
    return found[0] if found else None
