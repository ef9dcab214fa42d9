"""Two words for failure, and the one bridge over which foreign errors cross.

UnkeyedError
├── TemporaryError       time may heal it; carries how long to wait, where somebody said so
│   └── ThrottledError   nothing was asked: the service wishes to be left alone until then
├── PermanentError       time will not heal it: recorded, announced, not tried again until something changes
│   ├── NotFoundError    the thing itself does not exist
│   └── DeniedError      the app's identity may not; names the missing permission
├── SettingsError        the app is set up wrongly; names every fault
└── PolicyError          the policy is not valid; names every fault
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

_LONGEST_MESSAGE = 400
# A token, or a key in one of the forms that Azure gives keys: 32 hexadecimal digits, 84 letters, 64 bytes in base64
_SECRET = re.compile(r"eyJ[\w-]+(\.[\w-]*)*|\b[0-9a-fA-F]{32}\b|\b[A-Za-z0-9]{84}\b|[A-Za-z0-9+/]{86}==")
_TEMPORARY_STATUS = {401, 408, 425, 429}
# 4xx answers that pass: the principal or role is not replicated yet, the account is busy or still being made
_TEMPORARY_CODES = {
    "PrincipalNotFound",
    "RequestConflict",
    "AccountProvisioningStateInvalid",
    "AnotherOperationInProgress",
    "Conflict",
    "RetryableError",
    "RetryableErrorDueToAnotherOperation",
    "HashConflictOnDifferentRoleAssignmentIds",
}
# What Key Vault says within its "Conflict" and "Forbidden", where that is what decides
_TELLING = {"ObjectIsDeletedButRecoverable", "ForbiddenByFirewall"}
# 403 answers for which no right is missing: rules of others stand in the way
_FORBIDDEN_BY_RULE = {"RequestDisallowedByPolicy", "DenyAssignmentAuthorizationFailed", "ForbiddenByFirewall"}
_ACTION = re.compile(r"to perform action '(?P<action>[^']+)' over scope '(?P<scope>[^']+)'")


class UnkeyedError(Exception):
    """Base of every error this product raises."""


class TemporaryError(UnkeyedError):
    """Worth another try. `retry_after` is what the service asked for; None leaves it to the caller's backoff."""

    def __init__(self, message: str, *, code: str = "Unavailable", retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class ThrottledError(TemporaryError):
    """The call was not sent, since its service asked to be left alone for `wait`. To try again later is no failed try."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message, code="Throttled", retry_after=wait)


class PermanentError(UnkeyedError):
    """Not worth another try until something changes. `code` is Azure's own where Azure said no."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class NotFoundError(PermanentError):
    """The thing asked for does not exist."""


class DeniedError(PermanentError):
    """The app's identity lacks a permission. `action` and `scope` name it where the answer did."""

    def __init__(self, message: str, *, code: str, action: str = "", scope: str = "") -> None:
        super().__init__(message, code=code)
        self.action = action
        self.scope = scope


class FaultsError(UnkeyedError):
    """Something a person wrote has faults, all of them named at once."""

    def __init__(self, what: str, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        super().__init__(f"{what} ({count}):\n" + "\n".join(f"  {each}" for each in self.faults))


class SettingsError(FaultsError):
    """The app's settings have faults."""


class PolicyError(FaultsError):
    """The policy has faults."""


@contextmanager
def azure_errors(operation: str, resource: object) -> Iterator[None]:
    """Turns what the Azure SDKs raise inside into TemporaryError or PermanentError, the cause attached.

    Only Azure's code and message cross, cut to a length and without what looks like a secret; the answer is
    taken out of the causes, which a traceback prints: a payload may hold what must not be logged.
    """
    from azure.core.exceptions import AzureError, HttpResponseError

    try:
        yield
    except HttpResponseError as error:
        bridged = _from_response(error, f"{operation} {resource}")
        _cut_answers(error)
        raise bridged from error
    except (AzureError, TimeoutError) as error:
        raise TemporaryError(
            f"{operation} {resource}: no answer: {_cut(str(error))}", code=type(error).__name__
        ) from error


def without_secrets(text: str) -> str:
    """The text without what looks like a token or a key: services, and proxies before them, may repeat what they got."""
    return _SECRET.sub("[cut]", text)


def _cut_answers(error: BaseException | None) -> None:
    """Leaves the error and those it came from with a short text; azure-core's would show the whole body."""
    from azure.core.exceptions import HttpResponseError

    while error is not None:
        if isinstance(error, HttpResponseError):
            error.args, error.response = (_cut(str(error)),), None
        error = error.__cause__ or error.__context__


def _cut(text: str) -> str:
    return without_secrets(text)[:_LONGEST_MESSAGE]


def _from_response(error: object, what: str) -> UnkeyedError:
    status = int(getattr(error, "status_code", None) or 0)
    code, said = _code_and_message(error)
    text = f"{what}: {status} {code}: {_cut(said)}"
    if status == 403 and code in _FORBIDDEN_BY_RULE:
        return PermanentError(text, code=code)
    if status == 403 and (found := _ACTION.search(said)):
        return DeniedError(text, code=code, action=found["action"], scope=found["scope"])
    if status == 403:
        return DeniedError(text, code=code)
    if status == 404:
        return NotFoundError(text, code=code)
    if status in _TEMPORARY_STATUS or status >= 500 or status < 400 or code in _TEMPORARY_CODES:
        return TemporaryError(text, code=code, retry_after=wait_named_in(_headers(error)))
    return PermanentError(text, code=code)


def _code_and_message(error: object) -> tuple[str, str]:
    inner = getattr(error, "error", None)
    code = getattr(inner, "code", None) or getattr(error, "error_code", None) or "Unknown"
    within = (getattr(inner, "innererror", None) or {}).get("code")
    code = within if within in _TELLING else code
    message = getattr(inner, "message", None) or getattr(error, "reason", None) or ""
    return str(getattr(code, "value", code)), str(message)


def _headers(error: object) -> Mapping[str, str]:
    found: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    return found


def wait_named_in(headers: Mapping[str, str]) -> timedelta | None:
    """How long the sender of these headers asks to be left alone; None where it does not say."""
    for header, unit in (("x-ms-retry-after-ms", 0.001), ("retry-after-ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(header)
        if value and value.strip().isdigit():
            return timedelta(seconds=int(value) * unit)
    return None
