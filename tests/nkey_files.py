"""Nkeys, and the JWTs of NATS's operator mode, made as its own tools make them."""

import base64
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys

UNLIMITED = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1) | {"wildcards": True}
JETSTREAM = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)


@dataclass(frozen=True)
class Key:
    seed: str
    public: str

    @classmethod
    def make(cls, prefix: int) -> "Key":
        seed: bytes = nkeys.encode_seed(os.urandom(32), prefix)
        return cls(seed.decode(), nkeys.from_seed(bytearray(seed)).public_key.decode())

    @classmethod
    def user(cls) -> "Key":
        return cls.make(nkeys.PREFIX_BYTE_USER)

    def sign(self, subject: "Key", name: str, claims: dict[str, Any], expires: float | None = None) -> str:
        """A JWT about ``subject``. ``expires`` is a unix time in seconds."""
        body: dict[str, Any] = {
            "jti": name,
            "iat": int(time.time()),
            "iss": self.public,
            "name": name,
            "sub": subject.public,
            "nats": {"version": 2, **claims},
        }
        if expires is not None:
            body["exp"] = int(expires)
        text = f"{_encode({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_encode(body)}"
        signature = nkeys.from_seed(bytearray(self.seed.encode())).sign(text.encode())
        return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


class Operator:
    """An operator with one account that has JetStream. ``config`` goes into the server's configuration."""

    def __init__(self) -> None:
        operator = Key.make(nkeys.PREFIX_BYTE_OPERATOR)
        system = Key.make(nkeys.PREFIX_BYTE_ACCOUNT)
        self._account = Key.make(nkeys.PREFIX_BYTE_ACCOUNT)
        plain = {"type": "account", "limits": UNLIMITED}
        streaming = {"type": "account", "limits": UNLIMITED | JETSTREAM}
        self.config = f"""
            operator: {operator.sign(operator, "op", {"type": "operator"})}
            system_account: {system.public}
            resolver: MEMORY
            resolver_preload: {{
                {system.public}: {operator.sign(system, "SYS", plain)}
                {self._account.public}: {operator.sign(self._account, "WORK", streaming)}
            }}
        """

    def write_credentials(self, path: Path, user: str, *, expires: float | None = None) -> None:
        key = Key.user()
        claims = {"type": "user", "subs": -1, "data": -1, "payload": -1}
        jwt = self._account.sign(key, user, claims, expires)
        path.write_text(
            f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{key.seed}\n------END USER NKEY SEED------\n"
        )


def _encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
