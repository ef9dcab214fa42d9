"""The events a vault raises of its secrets, those of expiry by the simulated clock.

"Azure Key Vault as Event Grid source": SecretNearExpiry comes thirty days before the current version expires, and soon
after the writing where less is left; SecretExpired when it has. Older versions expire in silence.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from simulator.event_grid.events import grid_event
from simulator.key_vault import bodies
from simulator.key_vault.vault import Secret, Vault, Version

if TYPE_CHECKING:
    from simulator.azure import Azure

NEAR = timedelta(days=30)
_LOOK = 0.1  # seconds between two looks at a clock that may be moved ahead


class Announcer:
    """Publishes on the vault's own source. It looks at the clock once a secret with an expiry was set."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure
        self.looking = False

    def announce(self, kind: str, vault: Vault, secret: Secret, version: Version) -> None:
        """Raises `Microsoft.KeyVault.Secret…` of one version."""
        event = grid_event(
            topic=vault.id,
            subject=secret.name,
            kind=f"Microsoft.KeyVault.Secret{kind}",
            data=bodies.event_data(vault, secret, version),
            now=self.azure.clock.now(),
            data_version="1",
        )
        self.azure.events.publish(vault.id, event)

    def watch(self) -> None:
        """Starts looking, where it has not; ends with the tenant's events."""
        if not self.looking:
            self.looking = True
            self.azure.events.background.run(self._keep_looking)

    def look(self) -> None:
        """Raises the expiry events that are due by now."""
        now = self.azure.clock.now()
        delay = timedelta(seconds=self.azure.knobs.near_expiry_delay)
        for vault, secret in self._live(now):
            version = secret.current()
            for kind in _due(version, now, delay):
                version.told.add(kind)
                self.announce(kind, vault, secret, version)

    async def _keep_looking(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(_LOOK)

    def _live(self, now: datetime) -> Iterator[tuple[Vault, Secret]]:
        for vault in self.azure.vaults.live():
            for secret in vault.secrets.values():
                if secret.phase(now, vault.kept) == "live":
                    yield vault, secret


def _due(version: Version, now: datetime, delay: timedelta) -> list[str]:
    """The kinds of the events to raise of a version, in order."""
    if version.expires is None:
        return []
    expires = datetime.fromtimestamp(version.expires, UTC)
    near = max(expires - NEAR, version.expiry_set + delay)
    moments = {"NearExpiry": near, "Expired": expires} if near < expires else {"Expired": expires}
    return [kind for kind, moment in moments.items() if now >= moment and kind not in version.told]
