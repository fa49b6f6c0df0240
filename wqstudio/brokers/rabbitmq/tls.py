"""TLS with the authorities and the certificate that a connection names."""

import ssl
from pathlib import Path

from wqstudio.brokers.port import DeniedError
from wqstudio.domain.connection import RabbitConnection


def tls_context(connection: RabbitConnection) -> ssl.SSLContext:
    """Trust of this computer's authorities, or of the connection's own; DeniedError names a file that is no good."""
    context = _trust(connection.tls_ca)
    if connection.tls_certificate is not None:
        _load_client_certificate(context, connection.tls_certificate, connection.tls_key)
    return context


def _trust(authority: Path | None) -> ssl.SSLContext:
    if authority is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=_read(authority).decode())
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise DeniedError(f"{authority} holds no PEM certificates; choose the authority's certificate file.") from error


def _load_client_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    for file in (certificate, key):
        if file is not None:
            _read(file)

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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise DeniedError(f"{path} cannot be read ({why}); choose the file again in the connection.") from error
