"""The faults of connections."""

from simulator.wire import WireFault


def invalid(message: str) -> WireFault:
    return WireFault(400, "ValidationError", message)


def name_invalid(name: str) -> WireFault:
    return invalid(
        f"The connection name '{name}' is invalid. It must be 3 to 33 characters long, start with a letter or digit and "
        "contain only letters, digits, '_' and '-'."
    )


def type_change_refused(name: str, kept: str, sent: str) -> WireFault:
    return invalid(f"The authType of the connection '{name}' cannot be changed from '{kept}' to '{sent}'.")


def not_found(name: str) -> WireFault:
    return WireFault(404, "NotFound", f"Connection {name} can't be found in this workspace")


def unknown_member(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: 'Could not find member '{name}' on object of "
        f"type 'WorkspaceConnectionPropertiesV2BasicResource'. Path '{name}'.'",
    )
