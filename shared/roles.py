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
    # Not to be granted by a policy, but met wherever an account's assignments are shown
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68": "Cognitive Services Contributor",
    "64702f94-c441-49e6-a78b-ef80e0188fee": "Azure AI Developer",
    "e47c6f54-e4a2-4754-9501-8e0985b135e1": "Foundry Account Owner",
    "c883944f-8b7b-4483-af10-35834be79c4a": "Foundry Owner",
    "eadc314b-1a2d-4efa-be10-5d325db5065e": "Foundry Project Manager",
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
