"""Settings of a comparison as a person reads and types them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import FaultAction, Scenario, Setting
from wqstudio.ui.models import scenario_words
from wqstudio.ui.models.scenario_words import open_ended

AS_IT_IS = "as it is"
NO_LIMIT = "no limit"
_MOST_HELD = 9_999
_MOST_WORKERS = 200


def suits(scenario: Scenario, *, own: bool) -> bool:
    """It comes to an end, some worker works in it, and it does nothing to a broker that is not the studio's ``own``."""
    restarts = any(fault.action is FaultAction.RESTART_BROKER for fault in scenario.faults)
    return not open_ended(scenario) and bool(scenario.workers) and (own or not restarts)


def by_hand(scenario: Scenario) -> str:
    """Of what is played now, as a scenario that is to be compared."""
    tasks = sum(producer.count or 0 for producer in scenario.producers)
    worked_on = scenario_words.listed([*dict.fromkeys(queue for worker in scenario.workers for queue in worker.queues)])
    who = f"{len(scenario.workers)} worker{'s' if len(scenario.workers) != 1 else ''} on {worked_on}, {tasks:,} tasks."
    made = scenario_words.listed([queue.name for queue in scenario.queues])
    return f"{who} What is played now is stopped first: each run makes {made} anew, and all that is there now is gone."


def title(setting: Setting, product: Product | None = None) -> str:
    """Its own, or what it changes; ``product``: where it is played, if the setting does not say so itself."""
    if setting.title:
        return setting.title
    said = scenario_words.setting(setting, product)
    return f"{said[0].upper()}{said[1:]}"


def titled(settings: Sequence[Setting], product: Product | None = None) -> tuple[Setting, ...]:
    """Each with a title, and with another one where two would be called alike."""
    titles = [title(setting, product) for setting in settings]
    alike, seen = Counter(titles), Counter[str]()
    named: list[Setting] = []
    for setting, said in zip(settings, titles, strict=True):
        seen[said] += 1
        named.append(replace(setting, title=f"{said} ({seen[said]})" if alike[said] > 1 else said))
    return tuple(named)


def anywhere(settings: Sequence[Setting], product: Product) -> tuple[Setting, ...]:
    """Without their brokers, and with titles that name none; ``product``: by whose words."""
    return tuple(
        replace(setting, product=None, title=title(replace(setting, product=None, title=""), product))
        if setting.product is not None
        else replace(setting, title=title(setting, product))
        for setting in settings
    )


def others(setting: Setting) -> str:
    """What it changes besides what can be edited; empty: nothing."""
    rest = replace(setting, prefetch=None, count=None, speeds=None, product=None)
    said = scenario_words.setting(rest)
    return "" if said == scenario_words.setting(Setting("")) else said


def holding(product: Product) -> str:
    """What it is called there how much a worker may be given at a time."""
    return scenario_words.held(product).capitalize()


def number_text(value: int | None) -> str:
    return AS_IT_IS if value is None else NO_LIMIT if value == 0 else str(value)


def read_held(text: str) -> int | None:
    """Of what ``number_text`` made, or a person typed. ValueError, in words for a person: it is neither."""
    if text.strip().casefold() == NO_LIMIT:
        return 0
    return _number(text, _MOST_HELD, f", or “{NO_LIMIT}”")


def read_count(text: str) -> int | None:
    """As ``read_held``; there is no “no limit” here."""
    return _number(text, _MOST_WORKERS, "")


def speeds_text(speeds: Sequence[float] | None) -> str:
    return ", ".join(f"{speed:g}" for speed in speeds or ())


def read_speeds(text: str) -> tuple[float, ...] | None:
    """Numbers above 0 between commas, with or without a ×; None: nothing was typed. ValueError, in words: not that."""
    said = [part.strip().lstrip("×x").strip() for part in text.split(",") if part.strip()]
    if len(said) > _MOST_WORKERS:
        raise ValueError(f"{_MOST_WORKERS} speeds at most")
    return tuple(_speed(part) for part in said) or None


def _number(text: str, most: int, others: str) -> int | None:
    said = text.strip().casefold()
    if said in {"", AS_IT_IS}:
        return None
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= most):
        raise ValueError(f"A number from 1 to {most:,}{others}")
    return int(said)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise ValueError(f"“{text}” is not a speed above 0 and up to 1,000")
    return speed
