"""Event Grid: a secret in a vault nears its end, or has reached it, and becomes work.

Source: Azure Key Vault as an Event Grid source. Its samples write names with stray blanks and numbers as text, so both are
taken. An event is a hint: the pass reads the secret, and what is not the current version any more is not rotated again.
"""

import re
from typing import TYPE_CHECKING, Any

import azure.functions as func

from functions.intake import take

if TYPE_CHECKING:
    from shared.models import SecretItem

blueprint = func.Blueprint()

_SECRET = re.compile("https://[^/]+/secrets/[^/]+")
CAUSES = {
    "microsoft.keyvault.secretnearexpiry": "secret near its end",
    "microsoft.keyvault.secretexpired": "secret has ended",
}


@blueprint.event_grid_trigger(arg_name="event")
async def vault_events(event: func.EventGridEvent) -> None:
    """Queues the secret an event names; one of no concern is dropped. Raises TemporaryError to have it delivered again."""
    type_ = str((event.type if isinstance(event, func.CloudEvent) else event.event_type) or "")
    await take(item_of(type_, event.get_json()), event_id=str(event.id), event_type=type_)


def item_of(type_: str, data: Any) -> "SecretItem | None":
    """The work that follows from an event; None where it is of no concern or names no secret."""
    from shared.models import SecretItem
    from shared.store.work_queue import new_operation_id

    cause = CAUSES.get(type_.lower())
    fields = {str(name).strip().lower(): value for name, value in data.items()} if isinstance(data, dict) else {}
    address = str(fields.get("id") or "").strip()
    return SecretItem(address, cause, new_operation_id()) if cause and _SECRET.match(address) else None
