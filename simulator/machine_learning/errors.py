"""The faults of Microsoft.MachineLearningServices."""

from simulator.wire import WireFault

TYPE = "Microsoft.MachineLearningServices/workspaces"


def invalid(message: str) -> WireFault:
    return WireFault(400, "ValidationError", message)


def unknown_member(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: 'Could not find member '{name}' on object of "
        f"type 'Workspace'. Path '{name}'.'",
    )


def has_projects(hub: str, projects: list[str]) -> WireFault:
    return WireFault(
        409,
        "Conflict",
        f"The hub '{hub}' cannot be deleted while projects depend on it: '{', '.join(projects)}'. Please delete them "
        "first.",
    )


def method_unknown(method: str, api_version: str) -> WireFault:
    return WireFault(
        405,
        "MethodNotAllowed",
        f"The requested resource does not support http method '{method}' for api version '{api_version}'.",
    )


def not_simulated(what: str) -> WireFault:
    return WireFault(501, "NotImplemented", f"The simulator does not implement {what}.")
