"""Which api-versions each resource type answers to, and the errors for any other."""

import re
from collections.abc import Callable

from simulator.resource_manager.locations import REGIONS
from simulator.wire import Call, WireFault

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(-[A-Za-z]+)?")
_COGNITIVE = (
    "2017-04-18", "2021-04-30", "2021-10-01", "2022-03-01", "2022-10-01", "2022-12-01", "2023-05-01",
    "2023-06-01-preview", "2023-10-01-preview", "2024-04-01-preview", "2024-10-01", "2024-06-01-preview",
    "2025-04-01-preview", "2025-06-01", "2025-07-01-preview", "2025-09-01", "2025-10-01-preview", "2025-12-01",
    "2026-01-15-preview", "2026-03-01", "2026-03-15-preview", "2026-05-01", "2026-05-15-preview", "2026-07-01",
    "2026-07-15-preview", "2026-09-01", "2026-09-15-preview",
)  # fmt: skip
_RESOURCES = (
    "2015-01-01", "2015-11-01", "2016-02-01", "2016-06-01", "2016-07-01", "2016-09-01", "2017-03-01", "2017-05-01",
    "2017-05-10", "2017-06-01", "2017-08-01", "2017-12-01", "2018-01-01", "2018-02-01", "2018-05-01", "2018-06-01",
    "2018-07-01", "2018-08-01", "2018-09-01", "2018-11-01", "2019-03-01", "2019-05-01", "2019-05-10", "2019-06-01",
    "2019-07-01", "2019-08-01", "2019-09-01", "2019-10-01", "2019-11-01", "2020-01-01", "2020-05-01", "2020-06-01",
    "2020-07-01", "2020-08-01", "2020-09-01", "2020-10-01", "2021-01-01", "2021-04-01", "2022-01-01", "2022-05-01",
    "2022-06-01", "2022-09-01", "2022-12-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-03-01",
    "2025-04-01",
)  # fmt: skip
_AUTHORIZATION = (
    "2015-06-01", "2015-07-01", "2016-07-01", "2017-05-01", "2017-09-01", "2017-10-01-preview", "2018-01-01-preview",
    "2018-07-01", "2018-09-01-preview", "2018-12-01-preview", "2019-04-01-preview", "2020-03-01-preview",
    "2020-04-01-preview", "2020-08-01-preview", "2020-10-01-preview", "2022-01-01-preview", "2022-04-01",
    "2022-05-01-preview",
)  # fmt: skip
_INSIGHTS = ("2017-05-01-preview", "2021-05-01-preview")
_OPERATIONAL_INSIGHTS = (
    "2015-11-01-preview", "2020-03-01-preview", "2020-08-01", "2020-10-01", "2021-06-01", "2021-12-01-preview",
    "2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01",
)  # fmt: skip
_PROJECTS_SINCE = "2025-04-01-preview"
_PROJECTS = tuple(each for each in _COGNITIVE if each >= _PROJECTS_SINCE)
_MACHINE_LEARNING = (
    "2023-04-01-preview", "2023-04-01", "2023-06-01-preview", "2023-08-01-preview", "2023-10-01",
    "2024-01-01-preview", "2024-04-01-preview", "2024-04-01", "2024-07-01-preview", "2024-10-01-preview", "2024-10-01",
    "2025-01-01-preview", "2025-04-01-preview", "2025-04-01", "2025-06-01", "2025-07-01-preview", "2025-09-01",
    "2025-10-01-preview", "2025-12-01",
)  # fmt: skip
_PARTNERS = (
    "2021-10-15-preview", "2022-06-15", "2023-06-01-preview", "2023-12-15-preview", "2024-06-01-preview",
    "2024-12-15-preview", "2025-02-15", "2025-04-01-preview", "2025-07-15-preview",
)  # fmt: skip
_EVENT_GRID = ("2020-06-01", "2021-12-01", *_PARTNERS)
_KEY_VAULT = (
    "2015-06-01", "2016-10-01", "2018-02-14", "2019-09-01", "2021-10-01", "2021-11-01-preview", "2022-02-01-preview",
    "2022-07-01", "2022-11-01", "2023-02-01", "2023-07-01", "2024-11-01", "2025-05-01", "2026-02-01",
)  # fmt: skip
SUPPORTED = {
    "tenants": _RESOURCES,
    "subscriptions": _RESOURCES,
    "resourcegroups": _RESOURCES,
    "microsoft.resources": _RESOURCES,
    "microsoft.cognitiveservices": _COGNITIVE,
    "microsoft.cognitiveservices/accounts/connections": _PROJECTS,
    "microsoft.cognitiveservices/accounts/projects": _PROJECTS,
    "microsoft.cognitiveservices/accounts/projects/connections": _PROJECTS,
    "microsoft.machinelearningservices": _MACHINE_LEARNING,
    "microsoft.authorization": _AUTHORIZATION,
    "microsoft.authorization/denyassignments": (*_AUTHORIZATION, "2024-07-01-preview"),
    "microsoft.eventgrid": _EVENT_GRID,
    "microsoft.eventgrid/partnerconfigurations": _PARTNERS,
    "microsoft.eventgrid/partnertopics": _PARTNERS,
    "microsoft.eventgrid/partnertopics/eventsubscriptions": _PARTNERS,
    "microsoft.keyvault": _KEY_VAULT,
    "microsoft.insights": _INSIGHTS,
    "microsoft.operationalinsights": _OPERATIONAL_INSIGHTS,
}


# types whose requests are routed to a region, with all that lies below them
REGIONAL = frozenset({"accounts", "partnertopics", "systemtopics", "topics", "vaults", "workspaces"})


def required(call: Call) -> str:
    """The call's api-version as it was sent; raises the 400 of a missing one."""
    sent = call.query.get("api-version", "")
    if not sent:
        raise WireFault(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    return sent


def checked(sent: str, resource_type: str, location: Callable[[], str]) -> str:
    """The api-version in lower case; raises Azure's faults of a malformed or unsupported one.

    `location` is asked for the region that a refused call would have been routed to, "null" where there is none.
    """
    supported = supported_by(resource_type)
    if sent.lower() in supported:
        return sent.lower()
    provider, _, kind = resource_type.partition("/")
    if not kind or not _FORM.fullmatch(sent):
        raise WireFault(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{sent}' is invalid. The supported versions are '{','.join(reversed(_RESOURCES))}'.",
        )
    if kind.partition("/")[0].lower() in REGIONAL:
        raise WireFault(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for location '{location()}' and API version '{sent}' for type "
            f"'{kind}'. The supported api-versions are '{', '.join(supported)}'. The supported locations are "
            f"'{', '.join(REGIONS)}'.",
        )
    raise WireFault(
        404,
        "InvalidResourceType",
        f"The resource type '{kind}' could not be found in the namespace '{provider}' for api version '{sent}'. "
        f"The supported api-versions are '{','.join(supported)}'.",
    )


def supported_by(resource_type: str) -> tuple[str, ...]:
    """The api-versions of a resource type, or of a whole provider."""
    key = resource_type.lower()
    return SUPPORTED.get(key) or SUPPORTED[key.partition("/")[0]]
