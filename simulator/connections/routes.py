"""The routes of connections below one kind of owner."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simulator.cognitive_services.account import actor
from simulator.connections import bodies, changes, content, errors
from simulator.connections.connection import Connection, Owner
from simulator.connections.shapes import DATA
from simulator.resource_manager.front import ArmRequest
from simulator.resource_manager.paging import page
from simulator.routing import Routes
from simulator.wire import Json, Reply

if TYPE_CHECKING:
    from simulator.azure import Azure

ONE = "/connections/{connection}"

type FindOwner = Callable[["Azure", ArmRequest], Owner]


def below(template: str, kind: str, owner_of: FindOwner) -> Routes:
    """Routes of the connections of owners of the type `kind` at `template`; `owner_of` raises their 404s."""
    made, kind = Routes(), f"{kind}/connections"
    _reading(made, template, kind, owner_of)
    _writing(made, template + ONE, kind, owner_of)
    return made


def _reading(made: Routes, template: str, kind: str, owner_of: FindOwner) -> None:
    @made.get(template + ONE, type=kind, action=f"{kind}/read")
    async def get_connection(azure: "Azure", request: ArmRequest) -> Reply:
        owner = owner_of(azure, request)
        return Reply(body=_shown(azure, request, _seen(azure, request, owner), owner))

    @made.get(template + "/connections", type=kind, action=f"{kind}/read", scope=template)
    async def list_connections(azure: "Azure", request: ArmRequest) -> Reply:
        owner = owner_of(azure, request)
        wanted = _wanted(request, [*azure.connections.of(owner.id), *_visible(azure, owner)])
        return Reply(body=page(azure, request, wanted, lambda each: _shown(azure, request, each, owner)))


def _writing(made: Routes, one: str, kind: str, owner_of: FindOwner) -> None:
    @made.put(one, type=kind, action=f"{kind}/write")
    async def put_connection(azure: "Azure", request: ArmRequest) -> Reply:
        owner = _free(owner_of(azure, request))
        sent = content.read(request.json(), closed=owner.workspace)
        connection = changes.put(azure, owner.id, request["connection"], sent, actor(request))
        return Reply(body=_shown(azure, request, connection, owner))

    @made.patch(one, type=kind, action=f"{kind}/write")
    async def patch_connection(azure: "Azure", request: ArmRequest) -> Reply:
        owner = _free(owner_of(azure, request))
        found = _own(azure, request, owner)
        if found is None:
            raise errors.not_found(request["connection"])
        if request.call.content:
            changes.patch(azure, found, content.read(request.json(), closed=owner.workspace), actor(request))
        return Reply(body=_shown(azure, request, found, owner))

    @made.delete(one, type=kind, action=f"{kind}/delete")
    async def delete_connection(azure: "Azure", request: ArmRequest) -> Reply:
        owner = _free(owner_of(azure, request))
        found = _own(azure, request, owner)
        if found is None:
            return Reply(204)
        azure.connections.remove(found)
        azure.authorization.forget_below(found.id)
        return Reply(200)


def with_secrets(made: Routes, template: str, kind: str, owner_of: FindOwner) -> None:
    """Adds `listsecrets`, which only machine learning has."""
    kind = f"{kind}/connections"
    one = template + ONE

    @made.post(one + "/listsecrets", type=kind, action=f"{kind}/listsecrets/action", scope=one)
    async def list_secrets(azure: "Azure", request: ArmRequest) -> Reply:
        owner = owner_of(azure, request)
        found = _seen(azure, request, owner)
        siblings = azure.connections.of(found.owner_id)
        return Reply(body=bodies.with_secrets(found, owner, siblings, request.api_version))


def _free(owner: Owner) -> Owner:
    if owner.busy:
        raise owner.busy
    return owner


def _own(azure: "Azure", request: ArmRequest, owner: Owner) -> Connection | None:
    return azure.connections.get(f"{owner.id}/connections/{request['connection']}")


def _seen(azure: "Azure", request: ArmRequest, owner: Owner) -> Connection:
    """The owner's own connection of this name, or else the one lent to it."""
    wanted = request["connection"].lower()
    found = _own(azure, request, owner) or next((each for each in owner.lent if each.name.lower() == wanted), None)
    if found is None:
        raise errors.not_found(request["connection"])
    return found


def _visible(azure: "Azure", owner: Owner) -> list[Connection]:
    """What is lent to the owner and not hidden behind a connection of its own with the same name."""
    own = {each.name.lower() for each in azure.connections.of(owner.id)}
    return [each for each in owner.lent if each.name.lower() not in own]


def _wanted(request: ArmRequest, found: Sequence[Connection]) -> list[Connection]:
    query = request.call.query
    everything = query.get("includeAll", "false").lower()
    if everything not in {"true", "false"}:
        raise errors.invalid(f"The value '{query['includeAll']}' is not valid for includeAll.")
    target, category = query.get("target"), query.get("category")
    return [
        each
        for each in found
        if (everything == "true" or each.category not in DATA)
        and (not category or each.category.lower() == category.lower())
        and (not target or str(each.properties.get("target")).lower() == target.lower())
    ]


def _shown(azure: "Azure", request: ArmRequest, each: Connection, owner: Owner) -> Json:
    return bodies.connection(each, owner, azure.connections.of(each.owner_id), request.api_version)
