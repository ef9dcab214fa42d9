"""The faults of Microsoft.CognitiveServices, and Resource Manager's own faults about its resources."""

from simulator.wire import WireFault

RESOURCE_TYPE = "Microsoft.CognitiveServices/accounts"


def not_found(kind_and_names: str, group: str) -> WireFault:
    """`kind_and_names` is the type with names, such as `Microsoft.CognitiveServices/accounts/a`."""
    return WireFault(
        404,
        "ResourceNotFound",
        f"The Resource '{kind_and_names}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def parent_not_found(name: str) -> WireFault:
    return WireFault(
        404,
        "ParentResourceNotFound",
        f"Can not perform requested operation on nested resource. Parent resource '{name}' not found.",
    )


def nested_write_without_parent(kind: str, parent_id: str) -> WireFault:
    return WireFault(
        404,
        "ParentResourceNotFound",
        f"Failed to perform 'write' on resource(s) of type '{kind}', because the parent resource '{parent_id}' "
        "could not be found.",
    )


def busy(account_id: str) -> WireFault:
    """One change at a time for each account, its children included."""
    return WireFault(
        409,
        "RequestConflict",
        f"Another operation is being performed on the parent resource '{account_id}'. Please try again later.",
    )


def not_terminal(account_id: str) -> WireFault:
    return WireFault(
        409,
        "AccountProvisioningStateInvalid",
        f"Cannot modify resource with id '{account_id}' because the resource entity provisioning state is not "
        "terminal. Please wait for the provisioning state to become terminal and then retry the request.",
    )


def nested_resources_exist(ids: list[str]) -> WireFault:
    return WireFault(
        409,
        "CannotDeleteResource",
        "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
        f"'{', '.join(each.partition('/providers/')[2] for each in ids)}'. Please delete all nested resources before deleting this resource.",
    )


def soft_deleted(account_id: str) -> WireFault:
    return WireFault(
        409,
        "FlagMustBeSetForRestore",
        f"An existing resource with ID '{account_id}' has been soft-deleted. To restore the resource, you must specify "
        "'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it first.",
    )


def nothing_to_restore(account_id: str) -> WireFault:
    return WireFault(
        404,
        "CanNotRestoreANonExistentResource",
        f"The resource with ID '{account_id}' cannot be restored, because it has not been soft-deleted.",
    )


def subdomain_in_use(subdomain: str) -> WireFault:
    return WireFault(409, "CustomDomainInUse", subdomain_in_use_message(subdomain))


def subdomain_in_use_message(subdomain: str) -> str:
    return (
        f"Please pick a different name. The subdomain name '{subdomain}' is not available as it's already used by a "
        "resource. If the resource using the name was deleted in the last 48 hours, you may need to purge the deleted "
        "resource. Learn more at https://go.microsoft.com/fwlink/?linkid=2215493"
    )


def kind_unavailable(kind: str) -> WireFault:
    return WireFault(
        400, "InvalidApiSetId", f"The account type '{kind}' is either invalid or unavailable in given region."
    )


def sku_unavailable(sku: str, kind: str) -> WireFault:
    return WireFault(
        400,
        "InvalidSkuId",
        f"The SKU '{sku}' of account type '{kind}' is either invalid or unavailable in given region.",
    )


def invalid_properties(message: str) -> WireFault:
    return WireFault(400, "InvalidResourceProperties", message)


def bad_request(message: str) -> WireFault:
    return WireFault(400, "BadRequest", message)


def not_deserialized(problem: str, path: str) -> WireFault:
    return WireFault(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: '{problem} Path '{path}'.'",
    )


def name_invalid(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidResourceName",
        f"The account name '{name}' is invalid. It must be 2 to 64 characters long, start with a letter or digit and "
        "contain only letters, digits, '_', '.' and '-'.",
    )


def project_name_invalid(name: str) -> WireFault:
    return WireFault(
        400,
        "InvalidResourceName",
        f"The project name '{name}' is invalid. It must be 2 to 64 characters long, start with a letter or digit and "
        "contain only letters, digits, '_', '.' and '-'.",
    )


def local_auth_disabled(verb: str) -> WireFault:
    return WireFault(400, "BadRequest", f"Failed to {verb} key. disableLocalAuth is set to be true")
