"""Which api-versions each resource type answers to, and the errors for any other."""

import re

from simulator.wire import Call, WireFault

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(-[A-Za-z]+)?")
_COGNITIVE = (
    "2017-04-18", "2021-04-30", "2021-10-01", "2022-03-01", "2022-10-01", "2022-12-01", "2023-05-01", "2024-10-01",
    "2024-06-01-preview", "2025-04-01-preview", "2025-06-01", "2025-07-01-preview", "2025-09-01", "2025-10-01-preview",
    "2025-12-01", "2026-01-15-preview", "2026-03-01", "2026-03-15-preview", "2026-05-01", "2026-05-15-preview",
)  # fmt: skip
_RESOURCES = (
    "2015-01-01", "2016-06-01", "2018-05-01", "2019-05-01", "2019-06-01", "2019-11-01", "2020-01-01", "2020-06-01",
    "2020-10-01", "2021-01-01", "2021-04-01", "2022-09-01", "2022-12-01", "2023-07-01", "2024-03-01", "2024-07-01",
    "2024-11-01", "2025-04-01",
)  # fmt: skip
_AUTHORIZATION = (
    "2015-07-01", "2018-01-01-preview", "2018-07-01", "2018-09-01-preview", "2020-03-01-preview",
    "2020-04-01-preview", "2020-08-01-preview", "2020-10-01-preview", "2022-01-01-preview", "2022-04-01",
    "2022-05-01-preview",
)  # fmt: skip
_EVENT_GRID = ("2020-06-01", "2021-10-15-preview", "2021-12-01", "2022-06-15", "2025-02-15")
SUPPORTED = {
    "tenants": _RESOURCES,
    "subscriptions": _RESOURCES,
    "resourcegroups": _RESOURCES,
    "microsoft.resources": _RESOURCES,
    "microsoft.cognitiveservices": _COGNITIVE,
    "microsoft.authorization": _AUTHORIZATION,
    "microsoft.eventgrid": _EVENT_GRID,
}


def checked(call: Call, resource_type: str) -> str:
    """The call's api-version; raises the 400s of a missing, malformed or unsupported one."""
    sent = call.query.get("api-version", "")
    if not sent:
        raise WireFault(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    supported = supported_by(resource_type)
    if sent.lower() in supported:
        return sent.lower()
    listed = ",".join(supported)
    provider, _, kind = resource_type.partition("/")
    if not _FORM.fullmatch(sent) or not kind:
        raise WireFault(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{sent}' is invalid. The supported versions are '{listed}'.",
        )
    raise WireFault(
        400,
        "InvalidResourceType",
        f"The resource type '{kind}' could not be found in the namespace '{provider}' for api version '{sent}'. "
        f"The supported api-versions are '{listed}'.",
    )


def supported_by(resource_type: str) -> tuple[str, ...]:
    """The api-versions of a resource type, or of a whole provider."""
    key = resource_type.lower()
    return SUPPORTED.get(key) or SUPPORTED[key.partition("/")[0]]
