"""Every vault of the tenant, live or soft-deleted, and what others ask about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.cognitive_services.account import Actor
from simulator.key_vault import changes, management
from simulator.key_vault.content import Sent
from simulator.key_vault.expiry import Announcer
from simulator.key_vault.settings import defaults
from simulator.key_vault.vault import Vault, Version

if TYPE_CHECKING:
    from simulator.azure import Azure

_SEEDER = Actor("seed@contoso.example", is_user=True)


def key_of(resource_id: str) -> str:
    """What vaults are kept under: the resource id in lower case."""
    return "/" + resource_id.strip("/").lower()


class KeyVaults:
    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.vaults: dict[str, Vault] = {}  # by lower-case resource id
        self.announcer = Announcer(azure)
        self._deleted: dict[str, Vault] = {}
        self._values: dict[str, None] = {}

    # what other services ask

    def exists(self, resource_id: str) -> bool:
        """True for the id of a live vault, or of anything below one."""
        wanted = key_of(resource_id) + "/"
        return any(wanted.startswith(f"{key}/") for key in self.vaults)

    def get(self, resource_id: str) -> Vault | None:
        return self.vaults.get(key_of(resource_id))

    def find_by_host(self, host: str) -> Vault | None:
        """The vault at this address, once its name is registered."""
        now = self.azure.clock.now()
        return next((each for each in self.live() if each.host == host.lower() and now >= each.registered), None)

    def live(self) -> list[Vault]:
        return list(self.vaults.values())

    def in_group(self, subscription: str, group: str) -> list[Vault]:
        wanted = (subscription.lower(), group.lower())
        return [each for each in self.live() if (each.subscription, each.group.lower()) == wanted]

    def in_subscription(self, subscription: str) -> list[Vault]:
        return [each for each in self.live() if each.subscription == subscription.lower()]

    def every_value(self) -> list[str]:
        """Every value any secret ever had."""
        return list(self._values)

    # seeding

    def add(self, name: str, resource_id: str, location: str = "westeurope") -> Vault:
        """A vault that is there at once, without checks; access by roles, deleted secrets kept for 90 days."""
        pieces = resource_id.strip("/").split("/")
        properties = defaults(self.azure.directory.tenant)
        made = management.new(
            self.azure, (pieces[1], pieces[3], name), location=location, properties=properties, actor=_SEEDER
        )
        made.registered = self.azure.clock.now()
        return made

    def set(
        self,
        vault_name: str,
        name: str,
        value: str,
        *,
        tags: Mapping[str, str] | None = None,
        expires: datetime | None = None,
        not_before: datetime | None = None,
        content_type: str | None = None,
        enabled: bool = True,
    ) -> Version:
        """A new version of a secret, made without a call; raises the same events, and the same faults for its name."""
        sent = Sent(
            value=value,
            content_type=content_type,
            tags=dict(tags) if tags is not None else None,
            enabled=enabled,
            not_before=int(not_before.timestamp()) if not_before else None,
            expires=int(expires.timestamp()) if expires else None,
        )
        return changes.put(self.azure, self._named(vault_name), name, sent)[1]

    def secret(self, vault_name: str, name: str) -> Version | None:
        """The current version of a secret, None where there is no live one."""
        vault = self._named(vault_name)
        live = changes.phase(self.azure, vault, name) == "live"
        return vault.secrets[name.lower()].current() if live else None

    def kept_value(self, value: str) -> str:
        """The value, remembered for `every_value`."""
        self._values[value] = None
        return value

    def soft_deleted(self) -> dict[str, Vault]:
        """By lower-case resource id; what was deleted longer ago than the vault keeps things is gone for good."""
        now = self.azure.clock.now()
        self._deleted = {key: each for key, each in self._deleted.items() if not _expired(each, now)}
        return self._deleted

    def _named(self, name: str) -> Vault:
        found = next((each for each in self.live() if each.name.lower() == name.lower()), None)
        if found is None:
            raise ValueError(f"there is no vault '{name}'")
        return found


def _expired(vault: Vault, now: datetime) -> bool:
    return vault.deleted is not None and vault.deleted + vault.kept <= now
