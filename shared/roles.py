"""Azure's built-in roles for AI accounts, known by GUID. Names change (Azure AI User became Foundry User), ids do not.

Source: Azure built-in roles for AI + machine learning.
"""

import re
import uuid

ALIASES = {
    "cognitive-services-user": "a97b65f3-24c7-4388-baec-2e87135dc908",
    "cognitive-services-openai-user": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    "cognitive-services-openai-contributor": "a001fd3d-188f-4b5d-821b-7da978bf7442",
    "cognitive-services-data-reader": "b59867f0-fa02-499b-be73-45a86b5b3e1c",
    "foundry-user": "53ca6127-db72-4b80-b1b0-d745d6d5456d",
    "foundry-agent-consumer": "eed3b665-ab3a-47b6-8f48-c9382fb1dad6",
    "foundry-project-runtime-user": "142bfaed-a13f-4c2d-bed2-6db62c4a1009",
}
NAMES = {
    ALIASES["cognitive-services-user"]: "Cognitive Services User",
    ALIASES["cognitive-services-openai-user"]: "Cognitive Services OpenAI User",
    ALIASES["cognitive-services-openai-contributor"]: "Cognitive Services OpenAI Contributor",
    ALIASES["cognitive-services-data-reader"]: "Cognitive Services Data Reader",
    ALIASES["foundry-user"]: "Foundry User",
    ALIASES["foundry-agent-consumer"]: "Foundry Agent Consumer",
    ALIASES["foundry-project-runtime-user"]: "Foundry Project Runtime User",
}
# Shared with others that make the same assignments, so that all meet in one: uuid5 over lower(scope)-lower(principal)-role
_NAMESPACE = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def role_guid(reference: str) -> str | None:
    """The GUID of a role given by alias or GUID; None for anything else (a display name, say)."""
    text = reference.strip().lower()
    return ALIASES.get(text) or (text if _GUID.fullmatch(text) else None)


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text.strip().lower()) is not None


def role_name(guid: str) -> str:
    """The role's display name where it is one of the known ones, else its GUID."""
    return NAMES.get(guid.lower(), guid.lower())


def assignment_name(scope: str, principal_id: str, role: str) -> str:
    """The name every assignment of this role to this principal at this scope gets, whoever makes it."""
    return str(uuid.uuid5(_NAMESPACE, f"{scope.lower()}-{principal_id.lower()}-{role.lower()}"))
