"""Scopes: which lie at or above another, and in which subscription. Compared without regard to case, as Azure does.

Azure: Understand scope for Azure RBAC.
"""

import re
import uuid

ROOT = "/"
MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)(?:/.*)?", re.IGNORECASE)
_SCOPE = re.compile(
    r"""/providers/Microsoft\.Management/managementGroups/[^/]+
      | /subscriptions/[^/]+
        (/resourceGroups/[^/]+)?
        (/providers/[\w-]+(\.[\w-]+)*(/[^/]+/[^/]+)+)*""",
    re.VERBOSE | re.IGNORECASE,
)


def cleaned(scope: str) -> str:
    """The scope with one slash before each segment and none at its end; "/" for the tenant's root.

    The SDKs send two where a part of the path is empty.
    """
    return "/" + "/".join(each for each in scope.split("/") if each)


def is_scope(scope: str) -> bool:
    """True for the root, a management group, a subscription, a resource group or a resource, nested ones included."""
    return scope == ROOT or _SCOPE.fullmatch(scope) is not None


def subscription_of(scope: str) -> str | None:
    """The subscription a scope lies in, in lower case; None above subscriptions."""
    found = _SUBSCRIPTION.fullmatch(scope)
    return found[1].lower() if found else None


def chain(scope: str) -> list[str]:
    """Every prefix of a scope that can be one itself, from the root down to it, in lower case."""
    found = [ROOT]
    path = ""
    for segment in cleaned(scope).lower().split("/")[1:]:
        path += f"/{segment}"
        found.append(path)
    return [ROOT] if path == ROOT else found


def at_or_below(scope: str, top: str) -> bool:
    """True where `scope` is `top` or lies below it by its path."""
    return top == ROOT or f"{scope.lower()}/".startswith(f"{top.lower()}/")


def guid(text: object) -> str | None:
    """A GUID in its usual form, None for anything that is none."""
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def bare(guid_text: str) -> str:
    """A GUID as Authorization's messages show it: 32 digits, no dashes."""
    return guid_text.replace("-", "").lower()
