"""Runs every benchmark and prints its ratios as a table and as JSON: ``python -m tests.bench [NAME …]``."""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from tests.bench.ratio import Ratio

BENCHMARKS = (
    "fleet",
    "letters",
    "poll",
    "rabbit_fleet",
    "rabbit_freshness",
    "rabbit_poll",
    "rabbit_redrive",
    "rabbit_window",
    "redrive",
    "redrive_window",
    "timeline",
    "window",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which to run: {', '.join(BENCHMARKS)} (default: all)")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    try:
        ratios = [ratio for name in options.names or BENCHMARKS for ratio in _run(name)]
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"tests", "wqstudio"}:
            raise  # that is a mistake in here
        parser.error(f"{error.name} is not installed; packaging/test.sh sets up what benchmarks and tests need")
    print(_table(ratios))
    print(json.dumps([asdict(ratio) | {"met": ratio.met} for ratio in ratios], indent=2))
    return 0 if all(ratio.met for ratio in ratios) else 1


def _run(name: str) -> Sequence[Ratio]:
    print(f"running {name} …", file=sys.stderr)
    ratios: Sequence[Ratio] = importlib.import_module(f"tests.bench.bench_{name}").run()
    return ratios


def _table(ratios: Sequence[Ratio]) -> str:
    width = max((len(ratio.name) for ratio in ratios), default=0)
    rows = [
        f"{ratio.name:<{width}}  {ratio.value:6.2f}  {'≥' if ratio.at_least else '≤'} {ratio.limit:4.2f}  "
        f"{'met ' if ratio.met else 'MISS'}  {ratio.detail}"
        for ratio in ratios
    ]
    return "\n".join([f"{'what':<{width}}   ratio   limit        how", *rows])


if __name__ == "__main__":
    sys.exit(main())
