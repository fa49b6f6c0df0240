"""The arrows of the architecture note: domain <- brokers <- fleet <- engine <- scenarios <- ui <- app."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_archon import archrule

import wqstudio

PACKAGE = Path(wqstudio.__file__).parent
LAYERS = ("domain", "brokers", "fleet", "engine", "scenarios", "ui", "app")


@pytest.mark.parametrize("layer", LAYERS[:-1])
def test_no_layer_imports_one_above_it(layer: str) -> None:
    above = LAYERS[LAYERS.index(layer) + 1 :]
    archrule(f"{layer} knows nothing above it").match(f"wqstudio.{layer}", f"wqstudio.{layer}.*").should_not_import(
        *(f"wqstudio.{name}" for name in above), *(f"wqstudio.{name}.*" for name in above)
    ).check("wqstudio", only_toplevel_imports=False)


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("PySide6", ("wqstudio.ui", "wqstudio.app")),
        ("pyqtgraph", ("wqstudio.ui",)),
        ("qasync", ("wqstudio.app",)),
        ("nats", ("wqstudio.brokers.nats",)),
        ("pika", ("wqstudio.brokers.rabbitmq",)),
    ],
)
def test_a_library_is_imported_in_its_home_only(library: str, homes: tuple[str, ...]) -> None:
    patterns = [pattern for home in homes for pattern in (home, f"{home}.*")]
    archrule(f"{library} only in {homes}").match("wqstudio*").exclude(*patterns).should_not_import(
        library, f"{library}.*"
    ).check("wqstudio", only_direct_imports=True)


@pytest.mark.parametrize(
    ("package", "part", "below"),
    [
        ("engine", "letters", ()),
        ("engine", "journal", ()),
        ("engine", "moves", ("letters", "journal")),
        ("engine", "looks", ("letters", "journal", "moves")),
        ("engine", "timeline", ()),
        ("engine", "figures", ("timeline",)),
        ("engine", "drawing", ("timeline", "figures")),
        ("engine", "playing", ("journal", "looks", "timeline", "figures")),
        ("engine", "report", ("timeline", "figures", "drawing", "playing")),
        ("brokers.nats", "link", ()),
        ("brokers.nats", "jetstream", ("link",)),
        ("brokers.nats", "letters", ("link", "jetstream")),
        ("brokers.nats", "watching", ("link", "jetstream", "letters")),
        ("brokers.nats", "sessions", ("link", "jetstream")),
        ("brokers.rabbitmq", "amqp", ()),
        ("brokers.rabbitmq", "management", ("amqp",)),
        ("brokers.rabbitmq", "letters", ("amqp", "management")),
        ("brokers.rabbitmq", "watching", ("amqp", "management")),
        ("brokers.rabbitmq", "listings", ("amqp", "management")),
        ("brokers.rabbitmq", "sessions", ("amqp", "management")),
    ],
)
def test_no_part_imports_one_above_it(package: str, part: str, below: tuple[str, ...]) -> None:
    home = PACKAGE.joinpath(*package.split("."))
    others = {each.name for each in home.iterdir() if (each / "__init__.py").is_file()} - {part, *below}
    for file in (home / part).glob("*.py"):
        for name in _imports(file):
            assert not any(f"{name}.".startswith(f"wqstudio.{package}.{each}.") for each in others), f"{file}: {name}"


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_domain_needs_only_the_standard_library_and_numpy_and_does_no_io() -> None:
    doing_io = {"asyncio", "socket", "subprocess", "os", "io", "threading", "sqlite3", "http", "selectors"}
    allowed = (sys.stdlib_module_names - doing_io) | {"numpy"}
    for file in (PACKAGE / "domain").glob("*.py"):
        for name in _imports(file):
            assert name.startswith("wqstudio.domain") or name.partition(".")[0] in allowed, f"{file.name}: {name}"


@pytest.mark.parametrize("module", ["background", "options", "resources", "signalled", "terminal"])
def test_what_all_may_use_uses_at_most_the_nouns(module: str) -> None:
    for name in _imports(PACKAGE / f"{module}.py"):
        assert not name.startswith("wqstudio") or name.startswith("wqstudio.domain"), name


def test_a_run_without_a_window_needs_no_qt() -> None:
    code = (
        "import sys, wqstudio.headless; assert not any('PySide6' in name or 'qasync' in name for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("layer", ["ui", "engine"])
def test_the_window_and_the_engine_know_no_adapter(layer: str) -> None:
    archrule(f"{layer} uses the port").match(f"wqstudio.{layer}", f"wqstudio.{layer}.*").should_not_import(
        "wqstudio.brokers.nats*", "wqstudio.brokers.rabbitmq*", "wqstudio.brokers.local*"
    ).check("wqstudio", only_direct_imports=True)


def test_dead_letters_are_opened_at_the_write_gate_only() -> None:
    for file in (*(PACKAGE / "engine").rglob("*.py"), *(PACKAGE / "dlq").glob("*.py"), *PACKAGE.glob("*.py")):
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "wqstudio.brokers.factory"
            for alias in node.names
        }
        assert not names & {"open_letters", "open_copies", "open_outlet"}, file.name


def test_adapters_do_not_know_each_other() -> None:
    archrule("adapters are strangers").match("wqstudio.brokers.nats*").should_not_import(
        "wqstudio.brokers.rabbitmq*"
    ).check("wqstudio", only_direct_imports=True)


def test_workers_and_producers_know_the_port_only() -> None:
    archrule("simulation on the port").match("wqstudio.fleet.worker", "wqstudio.fleet.producer").should_not_import(
        "wqstudio.brokers.nats*",
        "wqstudio.brokers.factory",
        "wqstudio.brokers.session_factory",
        "wqstudio.brokers.local*",
    ).check("wqstudio", only_direct_imports=True)
