"""One settled delivery, as a fleet host tells of it: a host does without numpy, and is up in half the time."""

from struct import Struct
from typing import NamedTuple

from wqstudio.domain.worker import Outcome

FOREIGN = -1
"""The task number of a message that no producer of this run published."""


class SettledDelivery(NamedTuple):
    """One delivery to one worker, from taking it to its outcome. Unix times in seconds."""

    worker: int
    task: int
    """``TaskId.number``, or ``FOREIGN``."""
    deliveries: int
    """1 for the first delivery of the message; see ``counted``."""
    received: float
    begun: float
    """When the worker came to it, whether or not it began to work."""
    ended: float
    outcome: Outcome
    work: float
    """Seconds that the task takes at speed 1; NaN where it was never begun."""
    counted: bool = True
    """False: ``deliveries`` is the least it can be, since nobody has counted them."""
    fate: int = 0
    """``Fate``, which whoever knows the limits of queues fills in, and no host."""


_PACKED = Struct("<iqIdddBf?B")
pack_delivery = _PACKED.pack
"""The bytes of one row of ``delivery.DELIVERY``, from the fields of a ``SettledDelivery``."""
