"""How far a comparison is, in words."""

from wqstudio.scenarios.comparing import Comparison, Standing
from wqstudio.ui import format as fmt


def told(standing: Standing, comparison: Comparison) -> list[str]:
    """In the order of what gives way first where there is little room, the last."""
    said = [f"{standing.number} of {standing.of}: {comparison.title(standing.round.setting)}"]
    progress = standing.progress
    if progress is None:
        return [*said, f"getting {standing.round.product.title} ready"]
    if progress.seconds is None:
        return [*said, "making queues and getting everyone to work"]
    if standing.left is not None:
        said.append(f"about {fmt.duration(standing.left)} left")
    return [*said, f"{progress.acknowledged:,} acknowledged"]
