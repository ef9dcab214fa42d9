"""What a token can be asked for: Azure's own resources and the applications of the tenant."""

import uuid

from simulator.directory.state import GRAPH_APP_ID, Directory

GRAPH = "https://graph.microsoft.com"
KNOWN = frozenset(
    {
        "https://management.azure.com",
        "https://management.core.windows.net",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        GRAPH,
        GRAPH_APP_ID,
        "https://cognitiveservices.azure.com",
        "https://ai.azure.com",
        "https://ml.azure.com",
        "https://vault.azure.net",
        "https://storage.azure.com",
        "https://eventgrid.azure.net",
        "https://monitor.azure.com",
        "https://api.loganalytics.io",
        "https://api.loganalytics.azure.com",
    }
)


def audience_for(resource: str, directory: Directory) -> str | None:
    """The `aud` of a token for a resource identifier as it was sent; None where no such resource exists.

    An identifier keeps its closing slash, as Entra ID keeps it: each service compares without it.
    """
    plain = resource.rstrip("/").lower()
    if plain in KNOWN:
        return resource
    app_id = plain.removeprefix("api://")
    return resource if _is_guid(app_id) and directory.by_app_id(app_id) else None


def is_graph(audience: str) -> bool:
    return audience.rstrip("/").lower() in {GRAPH, GRAPH_APP_ID}


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
