"""Outcomes in the words that charts, exports and reports have for them."""

from wqstudio.domain.worker import Outcome

OUTCOME_WORDS = {
    Outcome.ACKED: "acknowledged",
    Outcome.FORWARDED: "passed on",
    Outcome.NAKED: "given back",
    Outcome.TERMINATED: "rejected",
    Outcome.EXPIRED: "timed out",
    Outcome.CRASHED: "crashed",
    Outcome.LOST: "lost",
}
