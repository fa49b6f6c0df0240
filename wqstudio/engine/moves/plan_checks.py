"""What speaks against a plan, before anything is touched, and the remedy."""

from datetime import datetime

from wqstudio.brokers.letters import Outlet
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import Action, Plan
from wqstudio.engine.letters.matching import compiled
from wqstudio.engine.moves.books import Books


class PlanError(BrokerError):
    """The plan cannot be carried out. The text says why and what to plan instead."""


class LimitStandsError(PlanError):
    """A delivery limit has to be lifted first; see ``Plan.lift_limit``."""


def made_anew(queue: str) -> str:
    return f"{queue} was deleted and made anew since: what was chosen is gone, and nothing else was touched."


def exported_elsewhere(queue: str) -> str:
    return (
        f"{queue} is not the queue that these were exported from: it was deleted and made anew since, or it is another "
        "account's. Nothing was touched."
    )


def elsewhere(queue: str, here: str, books: Books) -> str:
    """Why a run is not gone on with, and the remedies."""
    then = datetime.fromtimestamp(books.began).astimezone()
    return (
        f"{queue} on {here} is not the queue that this run began with, which was {queue} on {books.began_on} on "
        f"{then:%d %B %Y at %H:%M}: it is another account's or server's, or it was deleted and made anew. Nothing was "
        "touched, and what is half done stays so. Connect to where it began and finish it there; if that queue is "
        "gone, give the run up."
    )


def check(plan: Plan) -> None:
    """Raise PlanError, or MatchError, for what would go wrong."""
    compiled(plan.match)
    if plan.action is Action.EXPORT:
        raise PlanError("An export moves nothing, and there is nothing to finish: export again.")
    leads_back = plan.destination is not None and plan.destination.queue == plan.queue
    if leads_back and not plan.exhausted and plan.action is not Action.UNDO:
        raise PlanError(f"{plan.queue} is where these messages lie already; choose another destination.")
    if plan.edit is not None and (plan.ids is None or len(plan.ids) != 1):
        raise PlanError("An edit is for one message; choose a single one.")
    if plan.exported and plan.action is not Action.DISCARD:
        raise PlanError("What was exported can be discarded, and is named for nothing else.")
    if plan.edit is not None and plan.action is Action.DISCARD:
        raise PlanError("There is no use in editing a message that is discarded.")


async def check_way(plan: Plan, outlet: Outlet) -> str:
    """PlanError: the one place that it names leads back into the queue itself, and nowhere else.

    What is to be warned of where it leads there, too; empty: nothing.
    """
    to = plan.destination
    if to is None or plan.exhausted or plan.action is not Action.REQUEUE:
        return ""
    queues = await outlet.reached(to)
    if isinstance(queues, Unknown) or plan.queue not in queues:
        return ""
    way = f"exchange {to.exchange} with the key {to.route or '(empty)'}" if to.exchange else f"subject {to.route}"
    if len(queues) > 1:
        return f"The {way} leads back into {plan.queue}, too: a copy of each comes to lie there."
    raise PlanError(
        f"The {way} leads back into {plan.queue}, where these messages lie already; choose another destination."
    )
