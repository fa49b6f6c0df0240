"""Settings to begin a comparison with, each set about one thing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.scenarios.comparing import FEWEST, MOST

_SLOW = 0.2
"""Of a worker that is slower than the others."""


@dataclass(frozen=True, slots=True)
class Proposal:
    title: str
    settings: tuple[Setting, ...]


def beginning(scenario: Scenario, product: Product, offered: Collection[Product]) -> tuple[Setting, ...]:
    """Its own settings, as far as they can be compared here, else what is proposed first; see ``proposals``."""
    own = tuple(each for each in scenario.settings[:MOST] if each.product in {None, *offered})
    return own if len(own) >= FEWEST else next(proposals(scenario, product, offered)).settings


def proposals(scenario: Scenario, product: Product, offered: Collection[Product]) -> Iterator[Proposal]:
    """``product``: where it is played unless a setting says otherwise; ``offered``: brokers that there are."""
    yield _otherwise(scenario, product)
    yield _held(product)
    if len(offered) > 1:
        yield Proposal(_against(offered), on_each(Setting(""), offered))
    yield _counted(len(scenario.workers))
    yield _paced(len(scenario.workers))


def across(settings: Sequence[Setting], offered: Collection[Product]) -> Iterator[Proposal]:
    """All of ``settings``, which have titles, on every broker, where these are not too many; and each of them alone on
    one broker after the other. None where only one is ``offered``.

    Those that differ in their broker alone are one.
    """
    if len(offered) < FEWEST:
        return
    apart: dict[Setting, Setting] = {}
    for setting in settings:
        apart.setdefault(replace(setting, product=None, name="", title=""), setting)
    if FEWEST <= len(apart) <= MOST // len(offered):
        every = tuple(one for setting in apart.values() for one in on_each(setting, offered))
        yield Proposal(f"{_against(offered)}: {' and '.join(each.title for each in apart.values())}", every)
    for anywhere, setting in apart.items():
        if anywhere != Setting(""):
            yield Proposal(f"{_against(offered)}: {setting.title}", on_each(setting, offered))


def on_each(setting: Setting, offered: Collection[Product]) -> tuple[Setting, ...]:
    return tuple(
        replace(
            setting,
            name="-".join(filter(None, (setting.name, each.value))),
            title=f"{setting.title} on {each.title}" if setting.title else each.title,
            product=each,
        )
        for each in offered
    )


def _against(offered: Collection[Product]) -> str:
    return " against ".join(each.title for each in offered)


def _otherwise(scenario: Scenario, product: Product) -> Proposal:
    """As it is, and what makes most of a difference: how much a worker may hold."""
    fair = all(worker.prefetch == 1 for worker in scenario.workers)
    if not fair:
        other = Setting("one", "One at a time", prefetch=1)
    elif product is Product.NATS:
        other = Setting("many", "Ten at a time", prefetch=10)
    else:
        other = Setting("many", "No limit", prefetch=0)
    return Proposal(f"As it is, and {other.title.lower()}", (Setting("as-it-is", "As it is"), other))


def _held(product: Product) -> Proposal:
    called = "Prefetch" if product is Product.RABBITMQ else "Pull size"
    few = tuple(Setting(f"held-{held}", f"{called} {held}", prefetch=held) for held in (1, 10, 50))
    return Proposal(f"{called} 1, 10, 50 and no limit", (*few, Setting("no-limit", "No limit", prefetch=0)))


def _counted(now: int) -> Proposal:
    counts = sorted({max(1, now // 2), now, now * 2})
    settings = (Setting(f"workers-{count}", f"{count} {_workers(count)}", count=count) for count in counts)
    return Proposal("Fewer and more workers", tuple(settings))


def _paced(workers: int) -> Proposal:
    """``workers``: how many there are."""
    mixed = (*(1.0 for _ in range(max(1, workers - 1))), _SLOW)
    return Proposal(
        "Alike workers, and a slow one among them",
        (Setting("alike", "All alike", speeds=(1.0,)), Setting("one-slow", "One is slow", speeds=mixed)),
    )


def _workers(count: int) -> str:
    return "worker" if count == 1 else "workers"
