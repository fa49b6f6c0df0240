"""For how long a broker knows what a run has sent there before."""

from wqstudio.brokers.letters import Outlet
from wqstudio.brokers.port import UnreachableError
from wqstudio.domain.letter import Destination
from wqstudio.engine.books import Books


async def remembered(books: Books, outlet: Outlet, to: Destination) -> float:
    """Seconds. What was lost on the way here may have been the broker, and what it remembers with it."""
    try:
        return 0.0 if books.was_cut_off else await outlet.remembers(to)
    except UnreachableError:
        return 0.0
