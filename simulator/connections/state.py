"""Every connection of the tenant, whoever holds it."""

from simulator.connections.connection import Connection


def key_of(resource_id: str) -> str:
    return "/" + resource_id.strip("/").lower()


class Connections:
    def __init__(self) -> None:
        self._held: dict[str, Connection] = {}  # by lower-case resource id
        self._secrets: dict[str, None] = {}

    def get(self, resource_id: str) -> Connection | None:
        return self._held.get(key_of(resource_id))

    def of(self, owner_id: str) -> list[Connection]:
        """What one account, project or workspace holds itself, oldest first."""
        owner = key_of(owner_id)
        return [each for each in self._held.values() if key_of(each.owner_id) == owner]

    def all(self) -> list[Connection]:
        return list(self._held.values())

    def put(self, connection: Connection) -> None:
        self.remember(connection)
        self._held[key_of(connection.id)] = connection

    def remember(self, connection: Connection) -> None:
        """Notes the secrets that a connection holds now, for `every_secret`."""
        self._secrets.update(dict.fromkeys(connection.secrets()))

    def remove(self, connection: Connection) -> None:
        del self._held[key_of(connection.id)]

    def drop_below(self, owner_id: str) -> None:
        """Forgets what an owner that goes away holds, and what is held by those below it."""
        top = key_of(owner_id) + "/"
        self._held = {key: each for key, each in self._held.items() if not key.startswith(top)}

    def key(self, resource_id: str) -> str | None:
        """The first secret a connection holds now: its copy of a key. None without one, and without the connection."""
        found = self.get(resource_id)
        return next(iter(found.secrets()), None) if found else None

    def every_secret(self) -> list[str]:
        """Every secret that any connection ever held."""
        return list(self._secrets)
