"""How to prove who we are: files and passwords of a connection, made ready for nats-py.

The files are read here and not by nats-py, which loops for ever on a credentials file without a JWT and
stops reconnecting when a key file has gone bad.
"""

import base64
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import nats.errors
import nkeys

from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.address import Address
from wqstudio.brokers.port import DeniedError
from wqstudio.brokers.tls import read_file
from wqstudio.domain.connection import NatsConnection


class LoginError(DeniedError, nats.errors.Error):
    """A file or key that cannot be used. nats-py goes on reconnecting only after errors of its own kind."""


class JwtCallback:
    """Gives the user JWT of a credentials file, read anew at each login so that a renewed file counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> bytes:
        return _section(self._path, "NATS USER JWT")


class SignatureCallback:
    """Signs the server's nonce with a credentials file's or a seed file's key, which is not kept in memory."""

    def __init__(self, path: Path, section: str = "") -> None:
        self._path = path
        self._section = section

    def __call__(self, nonce: str) -> bytes:
        pair = self._key_pair()
        signature: bytes = pair.sign(nonce.encode())
        pair.wipe()
        return base64.b64encode(signature)

    def public_key(self) -> str:
        pair = self._key_pair()
        key: bytes = pair.public_key
        pair.wipe()
        return key.decode()

    def _key_pair(self) -> nkeys.KeyPair:
        seed = _section(self._path, self._section) if self._section else _read(self._path).strip()
        try:
            return nkeys.from_seed(bytearray(seed))
        except (nkeys.NkeysError, ValueError, IndexError) as error:
            raise LoginError(
                f"{self._path} does not hold a usable nkey seed ({error}); a user's seed begins with SU."
            ) from error


class LoginOptions(TypedDict, total=False):
    """The part of nats-py's connect options that says who we are."""

    user: str
    password: str
    token: str
    nkeys_seed_str: str
    user_jwt_cb: JwtCallback
    signature_cb: SignatureCallback


def options(connection: NatsConnection, addresses: Sequence[Address]) -> LoginOptions:
    """Raises DeniedError, naming the file, when a file is missing, unreadable or malformed."""
    if connection.credentials_file is not None:
        return _credentials_options(connection.credentials_file)
    if connection.nkey_seed_file is not None:
        SignatureCallback(connection.nkey_seed_file).public_key()
        return {"nkeys_seed_str": _read(connection.nkey_seed_file).decode().strip()}
    if connection.token:
        return {"token": connection.token}
    if connection.user:
        return {"user": connection.user, "password": connection.password}
    return _url_options(addresses)


def describe(connection: NatsConnection, addresses: Sequence[Address]) -> str:
    """The way of logging in, for people; no secrets."""
    if connection.credentials_file is not None:
        return f"with the credentials file {connection.credentials_file}"
    if connection.nkey_seed_file is not None:
        return f"with the nkey seed file {connection.nkey_seed_file}"
    found = _url_options(addresses)
    if connection.token or "token" in found:
        return "with a token"
    if user := connection.user or found.get("user", ""):
        return f"as user {user}"
    return "without a user"


@dataclass(frozen=True, slots=True)
class Requirements:
    """What to hold against a server's greeting before anything is sent to it."""

    tls: bool
    """Refuse to speak in clear: a tls:// URL or a certificate of the connection's own says so."""
    certificate: bool
    """We have a client certificate to show."""

    def check(self, *, offers_tls: bool, wants_certificate: bool) -> None:
        if self.tls and not offers_tls:
            raise nats.errors.SecureConnWantedError
        if offers_tls and wants_certificate and not self.certificate:
            raise errors.CertificateWantedError


def requirements(connection: NatsConnection, addresses: Sequence[Address]) -> Requirements:
    certificate = connection.tls_certificate is not None
    return Requirements(
        tls=certificate or connection.tls_ca is not None or any(address.tls for address in addresses),
        certificate=certificate,
    )


def _credentials_options(path: Path) -> LoginOptions:
    jwt, sign = JwtCallback(path), SignatureCallback(path, "USER NKEY SEED")
    jwt()
    sign.public_key()
    return {"user_jwt_cb": jwt, "signature_cb": sign}


def _url_options(addresses: Sequence[Address]) -> LoginOptions:
    """User information of the first URL that has some serves all, discovered cluster members among them."""
    for address in addresses:
        if address.user and address.password:
            return {"user": address.user, "password": address.password}
        if address.user:
            return {"token": address.user}
    return {}


def _read(path: Path) -> bytes:
    try:
        return read_file(path)
    except DeniedError as error:
        raise LoginError(str(error)) from error


def _section(path: Path, name: str) -> bytes:
    """The text between ``-----BEGIN name-----`` and its END line."""
    lines = [line.strip() for line in _read(path).splitlines()]
    for line, following in itertools.pairwise(lines):
        if line.startswith(b"-----BEGIN " + name.encode()) and following:
            return following
    raise LoginError(
        f"{path} is not a NATS credentials file: it has no {name} section. "
        "Make one with `nsc generate creds`, or choose the right file."
    )
