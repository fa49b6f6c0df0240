"""``wqstudio run …``: scenarios without a window. Reads what was typed, and nothing more."""

import argparse
from pathlib import Path

from wqstudio.cli_connection import OptionError, add_connection, read_connection, read_product
from wqstudio.domain.connection import Product
from wqstudio.options import RunOptions

_EXIT_CODES = """\
exit codes:
  0  every expectation holds, and every ledger balances
  1  not so, or it could not be played
  2  the command was wrong; nothing was played

JSON: {"as_expected": true where the exit code is 0, "runs": [a run, ...],
"not_played": [{"scenario", "products", "reason"}, ...], "skipped": [{"scenario", "reason"}, ...]}.
A run has its scenario, product, setting, sums of the ledger, "figures", "workers" and "expectations"; times are in
seconds, shares from 0 to 1. Where there is one run, what it has stands at the top as well.

With --all, what is not for the broker at hand (one of another product, one that may not be restarted, one that denies
what a scenario needs) is skipped with the reason, and does not count. What was played until Ctrl+C stops it is written;
in JUnit the rest is skipped.

A scenario is a TOML file. Those that come with the studio are in resources/scenarios, with the schema for editors.
"""


def add_run(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXIT_CODES
    parser.add_argument("scenario", nargs="?", default="", metavar="NAME|FILE.toml", help="which one, such as demo")
    parser.add_argument("--all", action="store_true", help="all that come with the studio")
    parser.add_argument("--list", action="store_true", help="list the scenarios, and play none")
    parser.add_argument(
        "--broker",
        metavar="B",
        help="nats or rabbitmq, started for the run, or the URL of one of yours (default: as the scenario says)",
    )
    parser.add_argument("--setting", default="", metavar="S", help="one of the settings that it compares")
    parser.add_argument("--seconds", type=seconds, help="how long at most (default: as the scenario says)")
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write it as JUnit XML, too")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page with timelines and figures")
    parser.add_argument("--keep", action="store_true", help="leave what was made on a broker named by --connect")
    add_connection(parser, default=argparse.SUPPRESS)


def read_run(options: argparse.Namespace) -> RunOptions:
    """OptionError says what does not fit together."""
    if options.screenshot is not None:
        raise OptionError(
            "run opens no window to take a picture of; say demo instead of run, or leave out --screenshot"
        )
    if options.compare is not None:
        raise OptionError("run opens no window to compare in; it plays all settings anyway, so leave out --compare")
    asked = [bool(options.scenario), options.all, options.list]
    if sum(asked) != 1:
        raise OptionError("say which scenario to run, or --all, or --list; one of them")
    product = _take_address_as_connection(options)
    if options.setting and options.all:
        raise OptionError("--setting is one of a scenario's; name the scenario instead of --all")
    return RunOptions(
        scenario=options.scenario,
        every=options.all,
        listing=options.list,
        setting=options.setting,
        seconds=options.seconds,
        as_json=options.json,
        junit=options.junit,
        report=options.report,
        keep=options.keep,
        product=product,
        connection=read_connection(options),
    )


def _take_address_as_connection(options: argparse.Namespace) -> Product | None:
    """``--broker`` takes a URL as well; what is left in it is a product, or nothing."""
    if options.broker is None:
        return None
    if options.connect is not None:
        raise OptionError("--broker and --connect both name a broker; leave one of them out")
    if "://" in options.broker:
        options.connect = options.broker
        return None
    try:
        return read_product(options.broker)
    except argparse.ArgumentTypeError as error:
        raise OptionError(f"--broker: {error}, or give a URL such as amqp://host") from error


def seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds between 0 and 86400")
    return number
