"""The rules of changing an account: one change at a time, and only when it has settled."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import content, errors, identity
from simulator.cognitive_services.account import Account, Actor, Trace, Work
from simulator.cognitive_services.content import Sent
from simulator.resource_manager.location_rules import location_differs
from simulator.resource_manager.locations import location_key
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

KEY_NAMES = ("Key1", "Key2")


def create(azure: "Azure", place: tuple[str, str, str], sent: Sent, actor: Actor) -> Account:
    """A new account that still has to settle, in its place (subscription, group, name).

    Azure REST: Accounts - Create. Raises the 400s of its rules, the 409s of a soft-deleted namesake and of a taken
    subdomain.
    """
    now, cognitive = azure.clock.now(), azure.cognitive
    content.require_name(place[2])
    location = content.require_location(sent.location)
    kind = content.require_kind(sent.kind)
    made = Account(
        subscription=place[0].lower(),
        group=azure.resources.require_group(*place[:2]).name,
        name=place[2],
        location=location,
        kind=kind,
        sku=content.require_sku(sent.sku, kind),
        properties=_without_nulls(sent.properties),
        work=Work(now, now + timedelta(seconds=azure.knobs.provisioning)),
        trace=Trace.begun(actor, now),
        tags=sent.tags,
    )
    if made.id.lower() in cognitive.soft_deleted():
        raise errors.soft_deleted(made.id)
    content.require_consistent(made.properties, kind, identity.given(sent.identity))
    if made.subdomain and cognitive.subdomain_taken(made.subdomain):
        raise errors.subdomain_in_use(made.subdomain)
    if sent.identity:
        made.identity = identity.assigned(azure.directory, made.id, sent.identity, None, now)
    made.keys = {name: cognitive.make_key(made) for name in KEY_NAMES}
    made.local_auth = [(now, made.local_auth_disabled)]
    cognitive.accounts[made.id.lower()] = made
    return made


def replace(azure: "Azure", account: Account, sent: Sent, actor: Actor) -> None:
    """Accounts - Create over an existing account: what the body leaves out is reset, the subdomain apart."""
    require_quiet(azure, account)
    location = content.require_location(sent.location)
    if location_key(location) != location_key(account.location):
        raise location_differs(account.name, account.group, account.location, location)
    properties = _without_nulls(sent.properties)
    if account.subdomain:
        properties.setdefault("customSubDomainName", account.subdomain)
    _change(azure, account, sent, properties)
    account.tags = sent.tags
    account.touch(actor, azure.clock.now())


def update(azure: "Azure", account: Account, sent: Sent, actor: Actor) -> None:
    """Accounts - Update: the properties that are sent replace those of the same name, null removes one."""
    require_quiet(azure, account)
    _change(azure, account, sent, _without_nulls(account.properties | sent.properties))
    if sent.tags is not None:
        account.tags = sent.tags
    account.touch(actor, azure.clock.now())


def _change(azure: "Azure", account: Account, sent: Sent, properties: Json) -> None:
    kind = content.require_kind(sent.kind) if sent.kind else account.kind
    if kind is not account.kind and (account.kind.name, kind.name) != ("OpenAI", "AIServices"):
        raise errors.invalid_properties(
            f"The kind of an account cannot be changed from '{account.kind.name}' to '{kind.name}'."
        )
    sku = content.require_sku(sent.sku, kind) if sent.sku else account.sku
    content.require_consistent(properties, kind, identity.given(sent.identity or account.identity))
    _require_same_subdomain(azure, account, properties.get("customSubDomainName"))
    if account.projects and not properties.get("allowProjectManagement"):
        raise errors.bad_request("Project management cannot be disabled while the account has projects.")
    if sent.identity is not None:
        account.identity = identity.assigned(
            azure.directory, account.id, sent.identity, account.identity, azure.clock.now()
        )
    account.kind, account.sku, account.properties = kind, sku, properties


def _require_same_subdomain(azure: "Azure", account: Account, wanted: str | None) -> None:
    if account.subdomain and (wanted or "").lower() != account.subdomain.lower():
        raise errors.invalid_properties(
            f"The custom subdomain name '{account.subdomain}' of an account cannot be changed once it is set."
        )
    if wanted and azure.cognitive.subdomain_taken(wanted, by_other_than=account):
        raise errors.subdomain_in_use(wanted)


def restore(azure: "Azure", resource_id: str, sent: Sent, actor: Actor) -> Account:
    """Brings a soft-deleted account back as it was; its system-assigned identity is a new one. Raises a 404."""
    location = content.require_location(sent.location)
    deleted, now = azure.cognitive.soft_deleted(), azure.clock.now()
    account = deleted.get(resource_id.lower())
    if account is None or location_key(account.location) != location_key(location):
        raise errors.nothing_to_restore(resource_id)
    del deleted[account.id.lower()]
    account.deleted = None
    if held := identity.given(account.identity):
        account.identity = identity.assigned(azure.directory, account.id, held, None, now)
    account.touch(actor, now)
    azure.cognitive.accounts[account.id.lower()] = account
    return account


def delete(azure: "Azure", account: Account) -> None:
    """Soft-deletes an account that is settled and has nothing below it; raises the 409s."""
    require_quiet(azure, account)
    below = [each.id for each in account.deployments.values()] + [each.id for each in account.projects.values()]
    if below:
        raise errors.nested_resources_exist(below)
    drop(azure, account)


def drop(azure: "Azure", account: Account) -> None:
    """Soft-deletes an account with all it has, as deleting its resource group does."""
    account.deployments.clear()
    for project in account.projects.values():
        identity.remove(azure.directory, project.identity)
    account.projects.clear()
    azure.connections.drop_below(account.id)
    identity.remove(azure.directory, account.identity)
    account.deleted = azure.clock.now()
    del azure.cognitive.accounts[account.id.lower()]
    azure.cognitive.soft_deleted()[account.id.lower()] = account
    azure.authorization.forget_below(account.id)


def regenerate(azure: "Azure", account: Account, key_name: str, actor: Actor) -> None:
    """A new value for one key; the old one stops at once."""
    account.keys[key_name] = azure.cognitive.make_key(account)
    account.touch(actor, azure.clock.now())


def require_quiet(azure: "Azure", account: Account) -> None:
    """Raises the 409s of an account that has not settled, or that something else is changing."""
    now = azure.clock.now()
    if account.work.running(now):
        raise errors.not_terminal(account.id)
    if account.busy(now):
        raise errors.busy(account.id)


def _without_nulls(properties: Json) -> Json:
    return {name: value for name, value in properties.items() if value is not None}
