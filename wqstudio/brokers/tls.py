"""TLS with the authorities and the certificate that a connection names, whatever the broker."""

import ssl
from pathlib import Path

from wqstudio.brokers.port import DeniedError
from wqstudio.domain.connection import Connection


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Trust of this computer's authorities, or of the connection's own; DeniedError names a file that is no good."""
    context = _trust(connection.tls_ca)
    if connection.tls_certificate is not None:
        _load_client_certificate(context, connection.tls_certificate, connection.tls_key)
    return context


def read_file(path: Path) -> bytes:
    """A file that the connection names; DeniedError when it is not there, or not for us to read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DeniedError(f"{path} does not exist; choose the file again in the connection.") from error
    except OSError as error:
        raise DeniedError(
            f"{path} cannot be read ({error.strerror}); check that it is a file that you may read."
        ) from error


def _trust(authority: Path | None) -> ssl.SSLContext:
    if authority is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=read_file(authority).decode())
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise DeniedError(f"{authority} holds no PEM certificates; choose the authority's certificate file.") from error


def _load_client_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    for file in (certificate, key):
        if file is not None:
            read_file(file)  # ssl would not say which of the two is missing

    def refuse_passphrase() -> str:
        raise DeniedError(
            f"The key {key or certificate} is protected by a passphrase, which is not supported; "
            "give a key file without one."
        )

    try:
        context.load_cert_chain(certificate, key, password=refuse_passphrase)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise DeniedError(
                f"The key {key or certificate} does not belong to the certificate {certificate}."
            ) from error
        raise DeniedError(
            f"{certificate} and {key or 'no separate key file'} are not a certificate and its key in PEM format."
        ) from error
