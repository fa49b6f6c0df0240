"""The command line. Reads what was typed; imports a window, or an engine, only when one is wanted."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wqstudio import __version__
from wqstudio.cli_connection import OptionError, add_connection, read_connection, read_product
from wqstudio.cli_dlq import add_dlq, read_dlq
from wqstudio.cli_run import add_run, read_run, seconds
from wqstudio.domain.connection import Product
from wqstudio.domain.text import readable
from wqstudio.options import Local, Size, WindowOptions

_PICTURE_AFTER = 10.0
"""Seconds."""

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
  wqstudio --compare fair-dispatch          round-robin against fair dispatch, on a local broker
  wqstudio run demo --seconds 10 --json     play a scenario without a window, print its ledger
  wqstudio run demo --broker rabbitmq       the same on a RabbitMQ node made for it
  wqstudio run my.toml --junit run.xml      play one of yours, check what it expects
  wqstudio run fair-dispatch --report run.html
                                            the same as a page with timelines and figures
  wqstudio run --all                        all that come with the studio, on NATS and on RabbitMQ
  wqstudio dlq requeue jobs_dlq --match reason:rejected --connect nats://host
                                            move dead letters back to where they came from

A password is never typed here: name the user with --user and it is asked for, or give --password-file.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program. Returns the exit code: 0 done, 1 it failed, 2 it was asked wrongly."""
    _open_what_is_closed()
    try:
        _refuse_what_is_no_text(sys.argv[1:] if arguments is None else arguments)
        options = _parser().parse_args(arguments)
        _refuse_what_does_not_fit(options)
        if options.command == "dlq":
            return _dlq(options)
        return _run(options) if options.command == "run" else _window(options)
    except OptionError as error:
        print(f"wqstudio: {error}", file=sys.stderr)
        return 2


def _open_what_is_closed() -> None:
    """Whoever starts it (`>&-`) may leave it no standard output: a file of ours would have that number then, and what
    is printed would go nowhere, or to whom it is not for.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - for as long as the program lasts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wqstudio",
        description="A desktop studio for work queues on NATS JetStream and RabbitMQ.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wqstudio {__version__}")
    add_connection(parser, default=None)
    _add_picture(parser, default=None)
    commands = parser.add_subparsers(dest="command", metavar="{demo,local,run,dlq}")
    demo = commands.add_parser("demo", help="open the studio on a local broker with the demo running")
    local = commands.add_parser("local", help="open it on a local broker of your own, whose data is kept")
    local.add_argument("--folder", type=Path, metavar="DIR", help="where (default: in your data folder)")
    for command in (demo, local):
        command.add_argument(
            "--broker", type=read_product, default=Product.NATS, metavar="B", help="nats (default) or rabbitmq"
        )
        _add_picture(command, default=argparse.SUPPRESS)  # so that what stood before the command counts
    add_run(commands.add_parser("run", help="play scenarios without a window, and check what they expect"))
    add_dlq(commands.add_parser("dlq", help="list, show, export, requeue or discard dead letters without a window"))
    return parser


def _add_picture(parser: argparse.ArgumentParser, default: Any) -> None:
    group = parser.add_argument_group("the window", argument_default=default)
    group.add_argument("--screenshot", type=Path, metavar="FILE", help="save a picture of the window (PNG) and exit")
    group.add_argument("--after", type=seconds, metavar="S", help="seconds to wait before it (default 10)")
    group.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1440x900")
    group.add_argument("--tab", metavar="VIEW", help="view to begin with, such as 'dead letters' or journal")
    group.add_argument("--queue", metavar="NAME", help="queue to begin with, as soon as it is there")
    group.add_argument(
        "--compare",
        metavar="NAME",
        help="play a scenario's settings and compare them, such as fair-dispatch",
    )
    group.add_argument("--theme", choices=("system", "light", "dark"), help="colours, for this session only")


def _size(text: str) -> Size:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) >= 400 and int(height) >= 300):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1440x900 (at least 400x300)")
    return Size(int(width), int(height))


def _refuse_what_is_no_text(arguments: Sequence[str]) -> None:
    """Neither a broker nor the journal could be told of it, at whatever point it came to that."""
    for argument in arguments:
        if argument != readable(argument):
            raise OptionError(
                f"{argument!r} is not UTF-8, which names and conditions have to be; a file can be called something else"
            )


def _refuse_what_does_not_fit(options: argparse.Namespace) -> None:
    """Rather than leave out silently what was asked for."""
    if options.command in {"demo", "local"} and options.connect is not None:
        raise OptionError(
            f"{options.command} opens a server of its own; leave out --connect, or leave out {options.command}"
        )


def _window(options: argparse.Namespace) -> int:
    from wqstudio.app import run_window  # noqa: PLC0415 - Qt is not needed without a window

    return run_window(
        WindowOptions(
            local=Local(options.command) if options.command in {"demo", "local"} else None,
            product=getattr(options, "broker", Product.NATS),
            folder=getattr(options, "folder", None),
            connection=read_connection(options),
            screenshot=options.screenshot,
            after=options.after or _PICTURE_AFTER,
            size=options.size,
            theme=options.theme,
            tab=options.tab or "",
            queue=options.queue or "",
            compare=options.compare or "",
        )
    )


def _run(options: argparse.Namespace) -> int:
    from wqstudio.headless import run_scenarios  # noqa: PLC0415 - nor is an engine needed to print --help

    return run_scenarios(read_run(options))


def _dlq(options: argparse.Namespace) -> int:
    from wqstudio.dlq.command import run_dlq  # noqa: PLC0415 - nor for this

    return run_dlq(read_dlq(options))
