"""The command line. Reads what was typed; imports a window, or an engine, only when one is wanted."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wqstudio import __version__
from wqstudio.domain.connection import Connection, NatsConnection, Product, RabbitConnection
from wqstudio.options import Local, RunOptions, Size, WindowOptions

_PICTURE_AFTER = 10.0
"""Seconds."""

_SCHEMES = {Product.NATS: ("nats://", "tls://"), Product.RABBITMQ: ("amqp://", "amqps://")}
_OPTIONS_OF = {Product.NATS: ("creds", "nkey", "token_file"), Product.RABBITMQ: ("vhost", "management_url")}
_EPILOG = """\
examples:
  wqstudio                                  open the studio
  wqstudio demo                             open it on a local broker with the demo running
  wqstudio local                            open it on a local broker whose data is kept
  wqstudio demo --broker rabbitmq           the same on RabbitMQ, where rabbitmq-server is installed
  wqstudio --connect nats://host:4222       open it on a broker of yours
  wqstudio --connect amqps://host/vhost --user ann
                                            the same on a virtual host of RabbitMQ
  wqstudio --connect nats://host --read-only --creds my.creds
  wqstudio demo --screenshot demo.png --after 20
                                            save a picture of the window after 20 s, then exit
  wqstudio run demo --seconds 10 --json     play a scenario without a window, print its ledger
  wqstudio run demo --broker rabbitmq       the same on a RabbitMQ node made for it

A password is never typed here: name the user with --user and it is asked for.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program. Returns the exit code: 0 done, 1 it failed, 2 it was asked wrongly."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        _take_address_as_connection(options)
        _refuse_what_does_not_fit(options)
        return _run(options) if options.command == "run" else _window(options)
    except OptionError as error:
        print(f"wqstudio: {error}", file=sys.stderr)
        return 2


class OptionError(Exception):
    """What was typed cannot be done; the text says what to type instead."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wqstudio",
        description="A desktop studio for work queues on NATS JetStream and RabbitMQ.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wqstudio {__version__}")
    _add_connection(parser, default=None)
    _add_picture(parser, default=None)
    commands = parser.add_subparsers(dest="command", metavar="{demo,local,run}")
    demo = commands.add_parser("demo", help="open the studio on a local broker with the demo running")
    local = commands.add_parser("local", help="open it on a local broker of your own, whose data is kept")
    local.add_argument("--folder", type=Path, metavar="DIR", help="where (default: in your data folder)")
    for command in (demo, local):
        command.add_argument(
            "--broker", type=_product, default=Product.NATS, metavar="B", help="nats (default) or rabbitmq"
        )
        _add_picture(command, default=argparse.SUPPRESS)  # so that what stood before the command counts
    run = commands.add_parser("run", help="play a scenario without a window and print its ledger")
    run.add_argument("scenario", help="name of the scenario: demo")
    run.add_argument(
        "--broker", metavar="B", help="nats (default) or rabbitmq, started for the run; or the URL of one of yours"
    )
    run.add_argument("--seconds", type=_seconds, default=10.0, help="how long to publish and work (default 10)")
    run.add_argument("--json", action="store_true", help="print the ledger as JSON")
    run.add_argument("--keep", action="store_true", help="leave what was made on a broker named by --connect")
    _add_connection(run, default=argparse.SUPPRESS)
    return parser


def _add_connection(parser: argparse.ArgumentParser, default: Any) -> None:
    group = parser.add_argument_group("connecting to a broker of yours", argument_default=default)
    group.add_argument(
        "--connect",
        metavar="URL",
        help="nats://host:port or tls://…, or amqp://host:port or amqps://…; several with commas between",
    )
    group.add_argument("--user", help="user name; the password is asked for")
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


def _add_picture(parser: argparse.ArgumentParser, default: Any) -> None:
    group = parser.add_argument_group("the window", argument_default=default)
    group.add_argument("--screenshot", type=Path, metavar="FILE", help="save a picture of the window (PNG) and exit")
    group.add_argument("--after", type=_seconds, metavar="S", help="seconds before it (default 10)")
    group.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1440x900")
    group.add_argument("--theme", choices=("system", "light", "dark"), help="colours, for this time only")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds between 0 and 86400")
    return seconds


def _size(text: str) -> Size:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) >= 400 and int(height) >= 300):
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 1440x900 (at least 400x300)")
    return Size(int(width), int(height))


def _product(text: str) -> Product:
    try:
        return Product(text.lower())
    except ValueError:
        names = " or ".join(product.value for product in Product)
        raise argparse.ArgumentTypeError(f"{text!r} is no broker to be started here; say {names}") from None


def _connection(options: argparse.Namespace) -> Connection | None:
    if options.connect is None:
        return None
    urls = tuple(url.strip() for url in options.connect.split(",") if url.strip())
    product = _product_of(urls, options.connect)
    _refuse_what_belongs_to_others(product, options)
    connection = _nats(urls, options) if product is Product.NATS else _rabbit(urls, options)
    return _with_password(connection) if options.user else connection


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
        token=_token(options.token_file) if options.token_file is not None else "",
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


def _token(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise OptionError(f"--token-file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OptionError(f"--token-file {file}: it is not a text file") from error


def _with_password(connection: Connection) -> Connection:
    import getpass  # noqa: PLC0415 - needed by few

    try:
        return replace(connection, password=getpass.getpass(f"Password of {connection.user}: "))
    except EOFError as error:
        raise OptionError(f"--user {connection.user}: there is nobody to type the password") from error


def _take_address_as_connection(options: argparse.Namespace) -> None:
    """``run --broker`` takes a URL as well; what is left in it is a product, or nothing."""
    if options.command != "run" or options.broker is None:
        return
    if options.connect is not None:
        raise OptionError("--broker and --connect both name a broker; leave one of them out")
    if "://" in options.broker:
        options.connect, options.broker = options.broker, None
        return
    try:
        options.broker = _product(options.broker)
    except argparse.ArgumentTypeError as error:
        raise OptionError(f"--broker: {error}, or give a URL such as amqp://host") from error


def _refuse_what_does_not_fit(options: argparse.Namespace) -> None:
    """Rather than leave out silently what was asked for."""
    if options.command in {"demo", "local"} and options.connect is not None:
        raise OptionError(
            f"{options.command} opens a server of its own; leave out --connect, or leave out {options.command}"
        )
    if options.command == "run" and options.screenshot is not None:
        raise OptionError(
            "run opens no window to take a picture of; say demo instead of run, or leave out --screenshot"
        )


def _window(options: argparse.Namespace) -> int:
    from wqstudio.app import run_window  # noqa: PLC0415 - Qt is not needed without a window

    return run_window(
        WindowOptions(
            local=Local(options.command) if options.command in {"demo", "local"} else None,
            product=getattr(options, "broker", Product.NATS),
            folder=getattr(options, "folder", None),
            connection=_connection(options),
            screenshot=options.screenshot,
            after=options.after or _PICTURE_AFTER,
            size=options.size,
            theme=options.theme,
        )
    )


def _run(options: argparse.Namespace) -> int:
    from wqstudio.headless import run_scenario  # noqa: PLC0415 - nor is an engine needed to print --help

    return run_scenario(
        RunOptions(
            scenario=options.scenario,
            seconds=options.seconds,
            as_json=options.json,
            keep=options.keep,
            product=options.broker or Product.NATS,
            connection=_connection(options),
        )
    )
