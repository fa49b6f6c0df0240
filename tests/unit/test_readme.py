"""What the README says of figures and names that are in the code."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from wqstudio.brokers.nats.letters.told import _HEADERS, _said
from wqstudio.engine.moves.carrying import _COPIED_AT_ONCE
from wqstudio.engine.moves.moving import BATCH

README = (Path(__file__).parents[2] / "README.md").read_text()
ROWS = {
    "stream": "origin, a stream",
    "subject": "subject, to which it goes back",
    "reason": "reason",
    "error": "error",
    "deliveries": "deliveries",
    "consumer": "consumer",
    "died": "when it died",
}


def _row(title: str) -> list[str]:
    found = re.search(rf"^\| {re.escape(title)} \| (.*) \|$", README, re.MULTILINE)
    assert found is not None
    return re.findall(r"`([^`]+)`", found[1])


@pytest.mark.parametrize(("what", "title"), ROWS.items())
def test_the_headers_that_it_lists_are_those_that_are_read_in_their_order(what: str, title: str) -> None:
    names = _row(title)
    assert tuple(re.sub(r"[^a-z]", "", name.lower()) for name in names) == _HEADERS.names[what]
    assert [_said([(name.encode(), b"7")]).get(what) for name in names] == ["7"] * len(names)
    for first, later in pairwise(names):
        assert _said([(later.encode(), b"2"), (first.encode(), b"1")])[what] == "1"


@pytest.mark.parametrize("beginning", ["X-", "JetStream-", "JS-", "DLQ-", "DL-", "Dead-", "Dead-Letter-"])
def test_beginnings_that_it_calls_no_matter_are_none(beginning: str) -> None:
    assert f"`{beginning}`" in README
    assert _said([(f"{beginning}Original-Subject".encode(), b"jobs.eu")]) == {"subject": "jobs.eu"}
    assert _said([(b"x_dlq_reason", b"expired")]) == {"reason": "expired"}


def test_it_says_how_many_letters_a_crash_may_leave_in_doubt() -> None:
    batches = _COPIED_AT_ONCE + 1  # and one that waits for its turn to be copied
    text = " ".join(README.split())
    assert batches == 3
    assert f"batches of up to {BATCH:,}" in text
    assert f"up to three batches in doubt, {batches * BATCH:,} letters" in text
