"""Every account of the tenant, live or soft-deleted, and what other services ask about them."""

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.cognitive_services import changes, errors, projects
from simulator.cognitive_services.account import KEPT_AFTER_DELETE, Account, Actor, Deployment, new_key
from simulator.cognitive_services.content import Sent, SentProject
from simulator.cognitive_services.operations import Operations
from simulator.cognitive_services.project import Project
from simulator.connections.changes import seed
from simulator.connections.connection import Connection
from simulator.resource_manager.locations import location_key
from simulator.wire import Json

if TYPE_CHECKING:
    from simulator.azure import Azure

_SEEDER = Actor("seed@contoso.example", is_user=True)


def key_of(resource_id: str) -> str:
    """What accounts are kept under: the resource id in lower case."""
    return "/" + resource_id.strip("/").lower()


class CognitiveServices:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.accounts: dict[str, Account] = {}  # by lower-case resource id
        self.operations = Operations()
        self._deleted: dict[str, Account] = {}
        self._keys_made: list[str] = []

    # what other services ask

    def exists(self, resource_id: str) -> bool:
        """True for the id of a live account, and of what lies below one: a deployment, a project, a connection.

        What lies below and is no part of this Azure is taken for existing.
        """
        pieces = key_of(resource_id).split("/")
        found = self.accounts.get("/".join(pieces[:9]))
        match pieces[9:]:
            case _ if found is None:
                return False
            case ["deployments", name]:
                return name in found.deployments
            case ["projects", name, "connections", _]:
                return name in found.projects and self.azure.connections.get(resource_id) is not None
            case ["projects", name, *_]:
                return name in found.projects
            case ["connections", _]:
                return self.azure.connections.get(resource_id) is not None
            case _:
                return True

    def get(self, resource_id: str) -> Account | None:
        return self.accounts.get(key_of(resource_id))

    def require(self, resource_id: str) -> Account:
        """The account of this id; raises Resource Manager's 404."""
        found = self.get(resource_id)
        if found is None:
            pieces = resource_id.strip("/").split("/")
            raise errors.not_found(f"{errors.RESOURCE_TYPE}/{pieces[-1]}", pieces[3])
        return found

    def find_by_host(self, host: str) -> Account | None:
        """The settled account whose own host name this is; None for regional names, which are nobody's own."""
        wanted, now = host.lower(), self.azure.clock.now()
        return next(
            (each for each in self.accounts.values() if wanted in each.hosts() and not each.work.running(now)), None
        )

    def key_accepted(self, account: Account, key: str) -> bool:
        """Whether this is one of the account's two keys now. Whether keys count at all is `key_auth_disabled`."""
        return key in account.keys.values()

    def key_auth_disabled(self, account: Account) -> bool:
        """Whether the data plane refuses keys: it follows `disableLocalAuth` after the knob `local_auth_lag`."""
        lag = timedelta(seconds=self.azure.knobs.local_auth_lag)
        return account.keys_off_for_data_plane(self.azure.clock.now(), lag)

    def deployments(self, account: Account) -> list[Deployment]:
        return list(account.deployments.values())

    def capacity_in(self, subscription: str, location: str) -> Counter[str]:
        """What the deployments in a region take of the subscription's quota, by the quota's name."""
        taken: Counter[str] = Counter()
        for account in self.in_subscription(subscription):
            if location_key(account.location) == location_key(location):
                for each in account.deployments.values():
                    quota = f"{each.model['format']}.{each.sku['name']}.{each.model['name']}"
                    taken[quota] += each.sku["capacity"]
        return taken

    def every_key(self) -> list[str]:
        """Every key ever made, current or not."""
        return list(self._keys_made)

    def project(self, resource_id: str) -> Project | None:
        """The project of this id."""
        account_id, _, name = key_of(resource_id).partition("/projects/")
        account = self.accounts.get(account_id)
        return account.projects.get(name) if account else None

    def connection_key(self, connection_id: str) -> str | None:
        """The copy of a key that a connection holds now, whoever owns it; None where it holds none or is not there."""
        return self.azure.connections.key(connection_id)

    def in_group(self, subscription: str, group: str) -> list[Account]:
        wanted = (subscription.lower(), group.lower())
        return [each for each in self.accounts.values() if (each.subscription, each.group.lower()) == wanted]

    def in_subscription(self, subscription: str) -> list[Account]:
        return [each for each in self.accounts.values() if each.subscription == subscription.lower()]

    def deleted_in(self, subscription: str) -> list[Account]:
        return [each for each in self.soft_deleted().values() if each.subscription == subscription.lower()]

    def deleted_account(self, subscription: str, location: str, group: str, name: str) -> Account | None:
        wanted = (location_key(location), group.lower(), name.lower())
        return next(
            (
                each
                for each in self.deleted_in(subscription)
                if (location_key(each.location), each.group.lower(), each.name.lower()) == wanted
            ),
            None,
        )

    # seeding

    def add(
        self,
        subscription: str,
        group: str,
        name: str,
        *,
        kind: str = "AIServices",
        sku: str = "S0",
        properties: Json | None = None,
        tags: dict[str, str] | None = None,
        system_identity: bool = True,
    ) -> Account:
        """A settled account, made without a call and in its group's region; raises the same faults as a call."""
        sent = Sent(
            kind=kind,
            sku={"name": sku},
            location=self.azure.resources.require_group(subscription, group).location,
            tags=tags,
            identity={"type": "SystemAssigned"} if system_identity else None,
            properties=dict(properties or {}),
            restore=False,
        )
        made = changes.create(self.azure, (subscription, group, name), sent, _SEEDER)
        made.work.ends = made.work.started
        return made

    def add_project(
        self, account: Account | str, name: str, *, display_name: str = "", system_identity: bool = True
    ) -> Project:
        """A settled project of an account (or of the account of this id), made without a call, with a call's faults."""
        owner = account if isinstance(account, Account) else self.require(account)
        sent = SentProject(
            location=owner.location,
            tags=None,
            identity={"type": "SystemAssigned"} if system_identity else None,
            properties={"displayName": display_name or name},
        )
        made, _ = projects.put(self.azure, owner, name, sent, _SEEDER)
        made.work.ends = made.work.started
        return made

    def add_connection(self, owner_id: str, name: str, **more: Any) -> Connection:
        """A connection of an account or a project, made without a call; see `simulator.connections.changes.seed`."""
        owner = self.project(owner_id) or self.require(owner_id)
        return seed(self.azure, owner.id, name, **more)

    def subdomain_taken(self, subdomain: str, *, by_other_than: Account | None = None) -> bool:
        """Whether an account, live or soft-deleted, in whatever subscription, has this subdomain."""
        wanted = subdomain.lower()
        return any(
            each is not by_other_than and (each.subdomain or "").lower() == wanted
            for each in [*self.accounts.values(), *self.soft_deleted().values()]
        )

    def make_key(self, account: Account) -> str:
        self._keys_made.append(new_key(account.kind))
        return self._keys_made[-1]

    def soft_deleted(self) -> dict[str, Account]:
        """By lower-case resource id; what was deleted 48 hours ago is gone for good."""
        self._forget_expired()
        return self._deleted

    def _forget_expired(self) -> None:
        now = self.azure.clock.now()
        self._deleted = {key: each for key, each in self._deleted.items() if not _expired(each, now)}


def _expired(account: Account, now: datetime) -> bool:
    return account.deleted is not None and account.deleted + KEPT_AFTER_DELETE <= now
