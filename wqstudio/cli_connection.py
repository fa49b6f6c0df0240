"""How a broker is named on the command line, and what that makes of it."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wqstudio.domain.connection import Connection, NatsConnection, Product, RabbitConnection

_SCHEMES = {Product.NATS: ("nats://", "tls://"), Product.RABBITMQ: ("amqp://", "amqps://")}
_OPTIONS_OF = {Product.NATS: ("creds", "nkey", "token_file"), Product.RABBITMQ: ("vhost", "management_url")}


class OptionError(Exception):
    """What was typed cannot be done; the text says what to type instead."""


def add_connection(parser: argparse.ArgumentParser, default: Any) -> None:
    group = parser.add_argument_group("connecting to a broker of yours", argument_default=default)
    group.add_argument(
        "--connect",
        metavar="URL",
        help="nats://host:port or tls://…, or amqp://host:port or amqps://…; several with commas between",
    )
    group.add_argument("--user", help="user name; the password is asked for")
    group.add_argument("--password-file", type=Path, metavar="FILE", help="file with the password, for scripts")
    group.add_argument("--creds", type=Path, metavar="FILE", help="credentials file (.creds, NATS)")
    group.add_argument("--nkey", type=Path, metavar="FILE", help="file with an nkey seed (NATS)")
    group.add_argument("--token-file", type=Path, metavar="FILE", help="file with a token (NATS)")
    group.add_argument("--vhost", metavar="NAME", help="virtual host (RabbitMQ; default: the URL's, else /)")
    group.add_argument(
        "--management-url", metavar="URL", help="http://host:15672 (RabbitMQ; default: looked for beside the broker)"
    )
    group.add_argument("--tls-ca", type=Path, metavar="FILE", help="certificates to trust (PEM)")
    group.add_argument("--tls-cert", type=Path, metavar="FILE", help="client certificate (PEM)")
    group.add_argument("--tls-key", type=Path, metavar="FILE", help="the client certificate's key (PEM)")
    group.add_argument("--read-only", action="store_const", const=True, help="look, and change nothing")


def read_product(text: str) -> Product:
    try:
        return Product(text.lower())
    except ValueError:
        names = " or ".join(product.value for product in Product)
        raise argparse.ArgumentTypeError(f"{text!r} is not a broker that can be started here; say {names}") from None


def read_connection(options: argparse.Namespace) -> Connection | None:
    if options.connect is None:
        return None
    urls = tuple(url.strip() for url in options.connect.split(",") if url.strip())
    product = _product_of(urls, options.connect)
    _refuse_what_belongs_to_others(product, options)
    connection = _nats(urls, options) if product is Product.NATS else _rabbit(urls, options)
    return replace(connection, password=_password(options)) if _wants_password(options, connection) else connection


def _wants_password(options: argparse.Namespace, connection: Connection) -> bool:
    """A user named in the URL has the password that a file holds, as one that is named by --user has."""
    if options.user or options.password_file is None:
        return bool(options.user)
    if not connection.user:
        token = " (what stands alone before the @ of a NATS URL is a token)" if _has_token(connection) else ""
        raise OptionError(f"--password-file: whose password is it? Name the user with --user{token}")
    if connection.password:
        raise OptionError("--password-file: the URL has a password already; leave one of the two out")
    return True


def _has_token(connection: Connection) -> bool:
    return isinstance(connection, NatsConnection) and bool(connection.token)


def _password(options: argparse.Namespace) -> str:
    if options.password_file is not None:
        return _text_in(options.password_file, "--password-file")
    return _typed_password(options.user)


def _product_of(urls: Sequence[str], typed: str) -> Product:
    """By the schemes, which have to agree."""
    for product, schemes in _SCHEMES.items():
        if urls and all(url.startswith(schemes) for url in urls):
            return product
    known = tuple(scheme for schemes in _SCHEMES.values() for scheme in schemes)
    wrong = next((url for url in urls if not url.startswith(known)), typed)
    shown = ", ".join(url.rpartition("@")[2] for url in wrong.split(","))  # what comes before may be a password
    raise OptionError(
        f"--connect {shown}: a broker is named as nats://host:port or tls://host, or as amqp://host:port or "
        "amqps://host; several are nodes of one cluster"
    )


def _refuse_what_belongs_to_others(product: Product, options: argparse.Namespace) -> None:
    """Rather than log in otherwise than was asked for."""
    for other, names in _OPTIONS_OF.items():
        for name in names:
            if other is not product and getattr(options, name) is not None:
                written = name.replace("_", "-")
                raise OptionError(
                    f"--{written} is for {other.title}, and --connect names {product.title}; leave it out"
                )


def _nats(urls: tuple[str, ...], options: argparse.Namespace) -> NatsConnection:
    return NatsConnection(
        urls=urls,
        user=options.user or "",
        token=_text_in(options.token_file, "--token-file") if options.token_file is not None else "",
        credentials_file=options.creds,
        nkey_seed_file=options.nkey,
        tls_ca=options.tls_ca,
        tls_certificate=options.tls_cert,
        tls_key=options.tls_key,
        read_only=bool(options.read_only),
    )


def _rabbit(urls: tuple[str, ...], options: argparse.Namespace) -> RabbitConnection:
    return RabbitConnection(
        urls=urls,
        user=options.user or "",
        vhost=options.vhost or "",
        management_url=options.management_url or "",
        tls_ca=options.tls_ca,
        tls_certificate=options.tls_cert,
        tls_key=options.tls_key,
        read_only=bool(options.read_only),
    )


def _text_in(file: Path, option: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise OptionError(f"{option} {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OptionError(f"{option} {file}: it is not a text file") from error


def _typed_password(user: str) -> str:
    import getpass  # noqa: PLC0415 - needed by few

    try:
        return getpass.getpass(f"Password of {user}: ")
    except EOFError as error:
        raise OptionError(f"--user {user}: there is nobody to type the password; say --password-file") from error
