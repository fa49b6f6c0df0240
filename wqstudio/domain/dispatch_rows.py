"""Readings of settled deliveries that charts and figures share."""

import numpy as np

from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.series import Floats
from wqstudio.domain.worker import Outcome


def work_began(settled: Deliveries) -> Floats:
    """When work on each delivery began: shape (n,), unix seconds.

    A worker that goes away reports what it held and never began too; that was held until the end.
    """
    never = (settled["outcome"] == Outcome.CRASHED) & (settled["work"] == 0)
    return np.where(never, settled["ended"], settled["begun"])
