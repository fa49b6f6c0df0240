"""The sentences that tell what goes on in a scenario."""

from wqstudio.scenarios.reading import read
from wqstudio.scenarios.summing_up import summed_up

PLAIN = """
[[queues]]
name = "jobs"

[[workers]]
name = "steady"

[[producers]]
messages = 1
rate = 0
"""
RICH = """
ends = "time"
[[queues]]
name = "jobs"

[[queues]]
name = "jobs_dlq"
dead_letters_of = "jobs"

[[workers]]
name = "fast"
queue = "jobs"
speed = 3
prefetch = 10

[[workers]]
name = "slow"
queue = "jobs"
speed = 0.3
acks = "on receipt"

[[producers]]
name = "a"
queue = "jobs"
rate = 9

[[producers]]
name = "b"
queue = "jobs"
rate = 6

[[faults]]
at = 1
action = "crash"
target = "slow"
"""


def _of(text: str) -> str:
    return summed_up(read(text, "test.toml", "test"))


def test_one_of_each() -> None:
    assert _of(PLAIN) == "1 worker takes the work of jobs, one task at a time: 1 message, as fast as can be."


def test_what_differs_and_what_goes_wrong_is_told() -> None:
    assert _of(RICH) == (
        "2 workers of different speed (×0.3 to ×3) share the work of jobs, up to 10 tasks at a time: messages without "
        "end, 15 a second. jobs_dlq keeps the dead letters of jobs. slow acknowledges on receipt. "
        "Meanwhile: crash slow."
    )


def test_only_the_first_things_done_are_told() -> None:
    more = "".join(f'[[faults]]\nat = {at}\naction = "crash"\ntarget = "slow"\n' for at in range(2, 6))
    assert _of(RICH + more).endswith("Meanwhile: crash slow, crash slow, crash slow, 2 more.")


def test_without_workers_or_without_tasks() -> None:
    assert _of(PLAIN.replace('[[workers]]\nname = "steady"', "")) == (
        "jobs is sent 1 message, as fast as can be; nobody takes from it."
    )
    assert _of(PLAIN.split("[[producers]]", maxsplit=1)[0]) == "1 worker takes the work of jobs, one task at a time."
