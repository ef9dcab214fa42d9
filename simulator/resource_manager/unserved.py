"""What Resource Manager says to a call that no route here serves.

A method, type or namespace that Azure does not have gets Azure's own fault; what Azure has and this Azure has not, a
501 that names the call.
"""

import re
from collections.abc import Sequence

from simulator.resource_manager import providers
from simulator.wire import Call, WireFault

_WRITES = frozenset({"PUT", "PATCH", "DELETE"})
_PROVIDER = re.compile(r".*/providers/([^/]+)(?:/(.*))?", re.IGNORECASE)  # the last one counts
# what Resource Manager itself serves in Azure beside the types of its providers
_OWN = re.compile(
    r"""/(providers|batch) | /subscriptions/[^/]+(
        /(tagNames|deployments|exportTemplate)(/.*)?
      | /resourceGroups/[^/]+/(deployments|exportTemplate|moveResources|validateMoveResources)(/.*)?
    )?""",
    re.VERBOSE | re.IGNORECASE,
)


def fault(call: Call, methods: Sequence[str], api_version: str) -> WireFault:
    """The fault of a call that no route serves; `methods` are those that some route accepts on its path."""
    path = call.path.rstrip("/")
    found = _PROVIDER.fullmatch(path)
    collection = found is not None and len((found[2] or "").split("/")) % 2 == 1
    if methods and (collection or call.method not in _WRITES or _WRITES.intersection(methods)):
        return _method_not_allowed(call, methods)  # else a write of what is only read here
    if found:
        return _of_a_provider(call, found[1], found[2] or "", api_version)
    if _OWN.fullmatch(path):
        return _not_simulated(call)
    return _method_not_allowed(call, methods) if methods else _no_such_path(call)


def _of_a_provider(call: Call, namespace: str, rest: str, api_version: str) -> WireFault:
    if not providers.is_real(namespace):
        return providers.unknown_namespace(namespace)
    if not rest or not providers.is_simulated(namespace) or _is_known(call, namespace, rest):
        return _not_simulated(call)
    return WireFault(
        404,
        "InvalidResourceType",
        f"The resource type could not be found in the namespace '{namespace}' for api version '{api_version}'.",
    )


def _is_known(call: Call, namespace: str, rest: str) -> bool:
    """Whether Azure has the resource type in what follows the namespace, or the verb that is posted to one.

    Types and names take turns; a verb stands where another type would.
    """
    pieces = rest.split("/")
    *kinds, last = pieces[::2]
    if providers.has_type(namespace, "/".join([*kinds, last])):
        return True
    return call.method == "POST" and len(pieces) % 2 == 1 and providers.has_verb(namespace, "/".join(kinds), last)


def _method_not_allowed(call: Call, methods: Sequence[str]) -> WireFault:
    return WireFault(
        405,
        "MethodNotAllowed",
        f"The requested resource does not support http method '{call.method}'.",
        headers={"Allow": ", ".join(methods)},
    )


def _not_simulated(call: Call) -> WireFault:
    return WireFault(501, "NotImplemented", f"The simulator does not implement {call.method} {call.path}.")


def _no_such_path(call: Call) -> WireFault:
    url = call.url.partition("?")[0]
    return WireFault(404, "NotFound", f"No HTTP resource was found that matches the request URI '{url}'.")
