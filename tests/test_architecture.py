"""The arrows of the architecture note: domain <- brokers <- fleet <- engine <- scenarios <- ui <- app."""

import pytest
from pytest_archon import archrule

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


def test_domain_needs_only_the_standard_library_and_numpy() -> None:
    archrule("domain is pure").match("wqstudio.domain*").should_not_import(
        "msgspec*", "platformdirs*", "asyncio*", "socket*", "subprocess*"
    ).check("wqstudio", only_direct_imports=True)


@pytest.mark.parametrize("layer", ["ui", "engine"])
def test_the_window_and_the_engine_know_no_adapter(layer: str) -> None:
    archrule(f"{layer} uses the port").match(f"wqstudio.{layer}", f"wqstudio.{layer}.*").should_not_import(
        "wqstudio.brokers.nats*", "wqstudio.brokers.rabbitmq*", "wqstudio.brokers.local*"
    ).check("wqstudio", only_direct_imports=True)


def test_adapters_do_not_know_each_other() -> None:
    archrule("adapters are strangers").match("wqstudio.brokers.nats*").should_not_import(
        "wqstudio.brokers.rabbitmq*"
    ).check("wqstudio", only_direct_imports=True)


def test_workers_and_producers_know_the_port_only() -> None:
    archrule("simulation on the port").match("wqstudio.fleet.worker", "wqstudio.fleet.producer").should_not_import(
        "wqstudio.brokers.nats*", "wqstudio.brokers.factory", "wqstudio.brokers.local*"
    ).check("wqstudio", only_direct_imports=True)
