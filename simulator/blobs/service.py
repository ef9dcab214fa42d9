"""{account}.blob.core.windows.net: put, get, delete and list blobs, with Entra ID tokens only.

Azure Storage REST: Put Blob, Get Blob, Get Blob Properties, Delete Blob, List Blobs. Accounts do not allow shared keys,
so a signature of whatever kind is refused.
"""

import re
import uuid
from typing import TYPE_CHECKING

from simulator.blobs import operations
from simulator.blobs.errors import not_implemented, refused, rendered
from simulator.blobs.state import DOMAIN
from simulator.sign_in.tokens import Identity, TokenRefused
from simulator.wire import Call, Reply, WireFault

if TYPE_CHECKING:
    from simulator.azure import Azure

AUDIENCE = "https://storage.azure.com"
_ACTIONS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
_HOST = re.compile(r"[a-z0-9]{3,24}" + re.escape(DOMAIN))
_CONTAINER = re.compile(r"\$root|\$web|\$logs|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_VERSION = re.compile(r"20\d\d-\d\d-\d\d")
_OLDEST_WITH_TOKENS = "2017-11-09"


class BlobService:
    """The service of the blob hosts of all storage accounts."""

    def __init__(self, azure: "Azure") -> None:
        self.azure = azure

    def serves(self, host: str) -> bool:
        return _HOST.fullmatch(host) is not None

    def caller(self, call: Call) -> str | None:
        try:
            return self._identity(call).object_id
        except WireFault:
            return None

    async def answer(self, call: Call) -> Reply:
        try:
            reply = self._through(call)
        except WireFault as fault:
            reply = self.render(fault, call)
        reply.headers.setdefault("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0")
        reply.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
        if version := call.headers.get("x-ms-version"):
            reply.headers.setdefault("x-ms-version", version)
        if sent := call.headers.get("x-ms-client-request-id"):
            reply.headers.setdefault("x-ms-client-request-id", sent)
        return reply

    def render(self, fault: WireFault, call: Call) -> Reply:
        return rendered(fault, call, self.azure.clock.now())

    def _through(self, call: Call) -> Reply:
        resource_id = self.azure.blobs.accounts.get(call.host)
        if resource_id is None:
            raise refused("ResourceNotFound")
        identity = self._identity(call)
        _check_version(call)
        verb, action = operations.named(call)
        if verb is None:
            raise not_implemented(call)
        container, _, name = call.path.lstrip("/").partition("/")
        if not _CONTAINER.fullmatch(container):
            raise refused("InvalidResourceName")
        scope = f"{resource_id}/blobServices/default/containers/{container}"
        if not self.azure.authorization.allows_data(identity.object_id, _ACTIONS + action, scope):
            raise refused("AuthorizationPermissionMismatch")
        held = self.azure.blobs.container(call.host, container)
        if held is None:
            raise refused("ContainerNotFound")
        return verb(self.azure, call, operations.Place(call.host, container, name, held))

    def _identity(self, call: Call) -> Identity:
        sent = call.headers.get("Authorization", "")
        if sent.lower().startswith("sharedkey") or "sig" in call.query:
            raise refused("KeyBasedAuthenticationNotPermitted")
        try:
            return self.azure.tokens.identity(sent, (AUDIENCE, f"https://{call.host}"))
        except TokenRefused as no:
            tenant = self.azure.directory.tenant
            where = f"Bearer authorization_uri=https://login.microsoftonline.com/{tenant}/oauth2/authorize resource_id={AUDIENCE}"
            if no.reason == "missing":
                raise refused("NoAuthenticationInformation", headers={"WWW-Authenticate": where}) from no
            raise refused(
                "InvalidAuthenticationInfo",
                headers={"WWW-Authenticate": where},
                AuthenticationErrorDetail=_DETAILS[no.reason],
            ) from no


_DETAILS = {
    "malformed": "Cannot parse the access token.",
    "expired": "Lifetime validation failed. The token is expired.",
    "audience": "Audience validation failed. Audience did not match.",
    "issuer": "Issuer validation failed. Issuer did not match.",
    "signature": "Signature validation failed.",
}


def _check_version(call: Call) -> None:
    sent = call.headers.get("x-ms-version")
    if not sent:
        raise refused("MissingRequiredHeader", HeaderName="x-ms-version")
    if not _VERSION.fullmatch(sent):
        raise refused("InvalidHeaderValue", HeaderName="x-ms-version", HeaderValue=sent)
    if sent < _OLDEST_WITH_TOKENS:
        raise refused("AuthenticationFailed")
