"""What has to be said before ``wqstudio dlq`` touches a queue: that looking costs, that its messages may be live."""

from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import LookCost
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import Action, Match, Plan
from wqstudio.engine.live_work import not_known
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.engine.moves.plan_words import published_before


class ConsentError(BrokerError):
    """It would cost, or touch, something that nobody has agreed to. Nothing was touched."""


def check_cost(cost: LookCost, *, accepted: bool, lifting: bool = False, to: str = "look") -> None:
    """``lifting``: a limit will be lifted first, where it can be. Raises ConsentError."""
    if cost.refusal and not (lifting and cost.liftable):
        raise ConsentError(lifting_said(cost.refusal) if cost.liftable else cost.refusal)
    if cost.sentences and not accepted:
        raise ConsentError(f"{' '.join(cost.sentences)} Say --accept-cost to {to} all the same.")


def lifting_said(refusal: str) -> str:
    return f"{refusal} (--lift-limit does that)"


def check_again(found: ImportPreview, *, accepted: bool) -> None:
    """Where the broker does not know a copy by its id, a second import doubles. Raises ConsentError."""
    if found.earlier and not found.remembered and not accepted:
        raise ConsentError(f"{' '.join(published_before(found))} Say --yes to publish them all the same.")


def sees_more_than_it_moves(plan: Plan) -> bool:
    """A run that gives back what it does not mean, or does not come to: that was looked at."""
    return plan.match != Match() or plan.limit is not None or bool(plan.exported)


def live_refusal(plan: Plan, product: Product) -> str:
    """Why nothing is moved from a queue that may be one of live work, and the remedies."""
    verb = "discarded from" if plan.action is Action.DISCARD else "requeued from"
    return (
        f"{mark_remark(plan.queue, product)} Nothing was {verb} it, as its waiting messages may be live work; "
        "to go on all the same, this once, say --any-queue."
    )


def mark_remark(queue: str, product: Product) -> str:
    in_place = " For what died in place there say --exhausted." if product is Product.NATS else ""
    return f"{not_known(queue)}; if it does, say so once: `wqstudio dlq mark {queue}`.{in_place}"


def told_remark(queue: str) -> str:
    return (
        f"{queue} was not known to keep dead letters; its messages say that they are, and it counts as one from now on."
    )


def unknown_remark(queue: str, why: Unknown) -> str:
    return f"whether {queue} keeps dead letters or live work cannot be told ({why.reason.rstrip('.')})"
