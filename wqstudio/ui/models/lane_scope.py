"""Which workers belong to what is selected, and how a timeline of them says so."""

from collections.abc import Sequence

from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.queue import Source
from wqstudio.ui.scope import Scope


def belonging(lanes: Sequence[Lane], scope: Scope) -> tuple[Lane, ...]:
    """Those that take from the scope's queue, or through its consumer."""
    if scope.whole_broker:
        return tuple(lanes)
    if not scope.consumer:
        return tuple(lane for lane in lanes if any(source.queue == scope.queue for source in lane.sources))
    through = Source(scope.queue, scope.consumer)
    return tuple(lane for lane in lanes if through in lane.sources) or _tagged(lanes, scope)


def told(lanes: Sequence[Lane], scope: Scope) -> str:
    """What of a run is to be seen, in a line; ``lanes`` are all of it."""
    own = len(belonging(lanes, scope))
    if not own:
        who = "no worker takes from here"
    elif own == len(lanes):
        who = "all workers" if own > 1 else "the only worker"
    else:
        who = f"{own} of {len(lanes)} workers"
    line = [f"the line below: all of {scope.queue}"] if scope.consumer else []
    return "  ·  ".join([who, *line, "figures: the whole run"])


def _tagged(lanes: Sequence[Lane], scope: Scope) -> tuple[Lane, ...]:
    """On RabbitMQ a consumer is one worker's, and called as the worker, with a mark that makes it the only one."""
    name = scope.consumer.partition(" (")[0].rpartition(".")[0]
    return tuple(lane for lane in lanes if lane.name == name and Source(scope.queue) in lane.sources)
