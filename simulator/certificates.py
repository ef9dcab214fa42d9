"""The private authority of the local Azure: it signs a certificate for each public host name as it is asked for.

The authority is made once per folder and kept, so that a client can be pointed at it before the simulator is up.
"""

import ssl
from pathlib import Path

import trustme

AUTHORITY = "ca.pem"
_KEY = "ca-key.pem"


def authority(folder: Path) -> trustme.CA:
    """The authority of this folder, made where there is none."""
    certificate, key = folder / AUTHORITY, folder / _KEY
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    made = trustme.CA(organization_name="unkeyed local Azure")
    key.touch(mode=0o600)
    made.private_key_pem.write_to_path(str(key))
    made.cert_pem.write_to_path(str(certificate))
    return made


def server_context(signer: trustme.CA) -> ssl.SSLContext:
    """A TLS context that presents, for each server name a client asks for, a certificate of that name."""
    contexts: dict[str, ssl.SSLContext] = {}

    def context_for(name: str) -> ssl.SSLContext:
        if name not in contexts:
            contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            contexts[name].set_alpn_protocols(["http/1.1"])
            signer.issue_cert(name).configure_cert(contexts[name])
        return contexts[name]

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        if name:
            connection.context = context_for(name)

    front = context_for("management.azure.com")
    front.sni_callback = choose
    return front
