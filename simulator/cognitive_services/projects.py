"""The rules of projects. Azure REST: Projects - Create, Update, Delete (2025-06-01)."""

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.cognitive_services import content, errors, identity
from simulator.cognitive_services.account import Account, Actor, Trace, Work, new_etag
from simulator.cognitive_services.content import SentProject
from simulator.cognitive_services.project import Project
from simulator.resource_manager.location_rules import location_differs
from simulator.resource_manager.locations import location_key

if TYPE_CHECKING:
    from simulator.azure import Azure


def put(azure: "Azure", account: Account, name: str, sent: SentProject, actor: Actor) -> tuple[Project, bool]:
    """The project, and whether it is new; raises the 400s of what it lacks, the 409 of a busy account.

    The account is busy until a new project has settled, so siblings have to be made one after the other.
    """
    require_free(azure, account)
    found = account.projects.get(name.lower())
    location = content.require_location(sent.location)
    if found is None:
        return _create(azure, account, name, location, sent, actor), True
    if location_key(location) != location_key(found.location):
        raise location_differs(found.name, account.group, found.location, location)
    found.properties, found.tags = {}, None
    update(azure, account, found, sent, actor)
    return found, False


def update(azure: "Azure", account: Account, found: Project, sent: SentProject, actor: Actor) -> None:
    """The properties that are sent replace those of the same name, null removes one."""
    require_free(azure, account)
    now = azure.clock.now()
    if sent.identity is not None:
        found.identity = identity.assigned(azure.directory, found.id, sent.identity, found.identity, now)
    merged = found.properties | sent.properties
    found.properties = {name: value for name, value in merged.items() if value is not None}
    if sent.tags is not None:
        found.tags = sent.tags
    found.trace.touch(actor, now)
    found.etag = new_etag()


def delete(azure: "Azure", account: Account, found: Project) -> None:
    """Removes a project with its identity, its connections and the assignments on it."""
    require_free(azure, account)
    identity.remove(azure.directory, found.identity)
    azure.connections.drop_below(found.id)
    azure.authorization.forget_below(found.id)
    del account.projects[found.name.lower()]


def require_free(azure: "Azure", account: Account) -> None:
    """Raises the 409 of an account that something else is changing."""
    now = azure.clock.now()
    if account.work.running(now) or account.busy(now):
        raise errors.busy(account.id)


def _create(azure: "Azure", account: Account, name: str, location: str, sent: SentProject, actor: Actor) -> Project:
    content.require_project_name(name)
    _require_host(account)
    now = azure.clock.now()
    made = Project(
        account_id=account.id,
        name=name,
        location=location,
        properties={name: value for name, value in sent.properties.items() if value is not None},
        work=Work(now, now + timedelta(seconds=azure.knobs.provisioning)),
        trace=Trace.begun(actor, now),
        tags=sent.tags,
    )
    if sent.identity:
        made.identity = identity.assigned(azure.directory, made.id, sent.identity, None, now)
    account.projects[name.lower()] = made
    return made


def _require_host(account: Account) -> None:
    """Raises the 400s of an account that cannot have projects."""
    if not (account.kind.projects and account.properties.get("allowProjectManagement")):
        raise errors.bad_request(
            "Project can only be created under an account of kind 'AIServices' with allowProjectManagement set to true."
        )
    if not identity.given(account.identity):
        raise errors.bad_request(
            "Unsupported configuration. To create projects, you must enable a managed identity on your resource."
        )
    if not account.subdomain:
        raise errors.bad_request("A custom subdomain name is required for an account that has projects.")
