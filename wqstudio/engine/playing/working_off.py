"""How long workers will need for what they hold: where one of them hoards, the pace of all says too little."""

from collections.abc import Iterable

from wqstudio.domain.worker import WorkerState


def working_off(workers: Iterable[WorkerState], passed: float) -> float | None:
    """``passed``: seconds in which they did what they are done with. None: one holds something and has done nothing."""
    holding = [one for one in workers if one.held and not one.phase.over]
    if not all(map(_done, holding)):
        return None
    return max((one.held / _done(one) * passed for one in holding), default=0.0)


def _done(one: WorkerState) -> int:
    """What a scheduler passes on it is done with."""
    return one.acked + one.forwarded
