"""Actions that need no more of the window than one thing that it has: its ways to a broker, its time, its colours."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from wqstudio.domain.connection import Product
from wqstudio.ui.play import RunState
from wqstudio.ui.theme import Scheme
from wqstudio.ui.time_view import WINDOWS, TimeView
from wqstudio.ui.window_actions import ActionSpec, WindowActions, shown_keys

Do = Callable[[], None]
ForProduct = Callable[[Product], None]

_BROKERS = ((Product.NATS, "", "Ctrl+N", "nats"), (Product.RABBITMQ, "Rabbit", "Ctrl+Shift+N", "rabbit"))
"""With the end of the actions' names, the keys to connect by, and the icon."""
_READ_ONLY = "This connection is read-only"
_SCHEME_ICONS = {Scheme.SYSTEM: "system", Scheme.LIGHT: "sun", Scheme.DARK: "moon"}


def broker_specs(connect: ForProduct, demo: ForProduct, local: ForProduct) -> Iterator[ActionSpec]:
    """The ways to a broker: to one that is there, or to a local one, to play with or to keep."""
    for product, end, keys, icon in _BROKERS:
        ask, play, keep = partial(connect, product), partial(demo, product), partial(local, product)
        yield ActionSpec(f"connect{end}", f"Connect to {product.title}…", "plug", ask, keys, "Connection")
        yield ActionSpec(f"demo{end}", f"Play the demo on a local {product.title}", "demo", play, "", "Connection")
        yield ActionSpec(f"local{end}", f"Open a local {product.title} (data kept)", icon, keep, "", "Connection")


def connection_specs(disconnect: Do, refresh: Do, remove: Do) -> Iterator[ActionSpec]:
    """Of the one that is open."""
    yield ActionSpec("disconnect", "Disconnect", "unplug", disconnect, "", "Connection", True)
    yield ActionSpec("refresh", "Poll now", "refresh", refresh, "F5", "Connection", True)
    yield ActionSpec("removeOwn", "Remove what the studio made…", "trash", remove, "", "Connection", True, True)


def scenario_specs(run: Do, stop: Do, explore: Do) -> Iterator[ActionSpec]:
    """Of the scenario that is chosen, and of all."""
    yield ActionSpec("exploreScenarios", "Explore scenarios", "scenarios", explore, "Ctrl+G", "Scenario")
    yield ActionSpec("runScenario", "Run the scenario", "play", run, "Ctrl+R", "Scenario", True, True)
    yield ActionSpec("stopScenario", "Stop the scenario", "stop", stop, "Ctrl+.", "Scenario", True, True)


def scenario_file_specs(bring: Do, save: Do) -> Iterator[ActionSpec]:
    group, doing = "Scenario", "Save what I am doing as a scenario…"
    yield ActionSpec("openScenario", "Open scenario file…", "open", bring, "", group, True)
    yield ActionSpec("saveScenario", doing, "save", save, "Ctrl+Shift+S", group, True, True)


def show_run_state(actions: WindowActions, state: RunState, *, writable: bool) -> str:
    """Let Run and Stop say, and allow, what is so. Why nothing can be run; empty: it can."""
    run, stop = actions["runScenario"], actions["stopScenario"]
    run.setIconText(state.value.run)
    run.setEnabled(writable and state.value.may_run)
    stop.setIconText(state.value.stop)
    stop.setEnabled(writable and state.value.may_stop)
    return "" if run.isEnabled() else state.value.why_not or _READ_ONLY


def compare_specs(now: Do, fair: Do) -> Iterator[ActionSpec]:
    """Of what is played now, and the one comparison that says most."""
    group = "Scenario"
    yield ActionSpec(
        "compareNow", "Compare this under other settings…", "order", now, "Ctrl+Shift+C", group, True, True
    )
    yield ActionSpec("compareFair", "Compare round-robin with fair dispatch", "order", fair, "", group)


def worker_specs(add: Do, stop: Do) -> Iterator[ActionSpec]:
    yield ActionSpec("addWorker", "Add a worker", "plus", add, "W", "Workers", True, True)
    yield ActionSpec("stopWorker", "Stop the selected worker", "stop", stop, "Del", "Workers", True, True)


def letter_specs(requeue: Callable[[bool], None], discard: Do, bring: Do) -> Iterator[ActionSpec]:
    """Of the dead letters that are chosen. ``requeue`` is told whether each goes to where it came from."""
    group, home, to = "Dead letters", partial(requeue, True), partial(requeue, False)
    yield ActionSpec("requeueHome", "Requeue to where they came from", "dead", home, "Ctrl+Return", group, True, True)
    yield ActionSpec("requeueTo", "Requeue to…", "queue", to, "Ctrl+Shift+Return", group, True, True)
    yield ActionSpec("discardLetters", "Discard the chosen dead letters…", "trash", discard, "", group, True, True)
    yield ActionSpec("importLetters", "Import exported messages…", "open", bring, "", group, True, True)


def time_specs(view: TimeView) -> Iterator[ActionSpec]:
    """What the graphs show of time."""
    toggle = partial(_toggle_freeze, view)
    yield ActionSpec("freeze", "Freeze", "pause", toggle, "F", "Graphs", needs_studio=True, checkable=True)
    yield ActionSpec("backToLive", "Back to live", "live", view.go_live, "L", "Graphs", needs_studio=True)
    for text, seconds in WINDOWS:
        show = partial(view.show_span, seconds)
        yield ActionSpec(f"show {text}", f"Show {text}", "clock", show, "", "Graphs", needs_studio=True)


def window_specs(palette: Do, keys: Do, reset: Do) -> Iterator[ActionSpec]:
    short = shown_keys("Ctrl+K")
    yield ActionSpec("palette", "Search actions and queues", "search", palette, "Ctrl+K", short=short)
    yield ActionSpec("keys", "List the keys", "keyboard", keys, "?")
    yield ActionSpec("resetLayout", "Reset the panels", "layout", reset, needs_studio=True)


def quit_spec(close: Callable[[], object]) -> ActionSpec:
    return ActionSpec("quit", "Quit", "close", close, "Ctrl+Q")


def scheme_specs(use: Callable[[Scheme], None]) -> Iterator[ActionSpec]:
    for scheme, icon in _SCHEME_ICONS.items():
        text = "Colours as the system has them" if scheme is Scheme.SYSTEM else f"{scheme.value.capitalize()} colours"
        yield ActionSpec(f"theme{scheme.value.capitalize()}", text, icon, partial(use, scheme))


def _toggle_freeze(view: TimeView) -> None:
    if view.live:
        view.hold(time.time())
    else:
        view.go_live()
