"""What a producer publishes: routes and bodies by kind."""

import re
import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.task import Task, decode
from wqstudio.domain.worker import ProducerSpec, TaskKind
from wqstudio.fleet.mix import Mix, cannot_be_published, partition, word

KINDS = (TaskKind("send e-mail", 1, weight=3), TaskKind("image processing", 3), TaskKind("report", 5))
SPEC = ProducerSpec("p", "jobs", "jobs.{partition}.{kind}.{n}", mix=KINDS, partitions=4, seed=3)


def test_a_route_has_kind_partition_and_number() -> None:
    mix = Mix(SPEC)
    for sequence in range(50):
        route, body, _ = mix.draw(sequence)
        title = decode(body).title
        assert route == f"jobs.{partition(title, 4)}.{word(title)}.{sequence}"


def test_the_same_seed_makes_the_same_tasks_by_weight() -> None:
    one, other = Mix(SPEC), Mix(replace(SPEC, name="q", rate=0.0))
    drawn = [one.draw(sequence) for sequence in range(500)]
    assert drawn == [other.draw(sequence) for sequence in range(500)]
    assert Counter(decode(body).title for _, body, _ in drawn)["send e-mail"] == pytest.approx(300, abs=40)


@given(st.text())
def test_a_word_can_be_part_of_any_route(title: str) -> None:
    assert re.fullmatch(r"[\w-]+", word(title))


@given(st.text(), st.integers(1, 100))
def test_a_kind_stays_in_its_partition(title: str, partitions: int) -> None:
    assert 0 <= partition(title, partitions) < partitions
    assert partition(title, partitions) == partition(word(title), partitions)


def test_the_partition_is_one_that_others_can_reckon() -> None:
    assert word("send e-mail") == "send-e-mail"
    assert partition("123456789", 1 << 32) == 0xCBF43926  # the check value of CRC-32


def test_dots_tell_the_units_of_work() -> None:
    _, body, _ = Mix(replace(SPEC, dots=True, padding=40, mix=(TaskKind("Task", 3),))).draw(0)
    assert body == b"Task..." + b" " * 40


def test_what_is_due_later_says_when() -> None:
    mix = Mix(replace(SPEC, mix=(TaskKind("later", due=60.0),)))
    before = time.time()
    _, body, due = mix.draw(0)
    assert before + 60 <= due <= time.time() + 60
    assert Mix(SPEC).draw(0)[2] == 0
    assert decode(body) == Task("later")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"mix": ()}, "at least one kind"),
        ({"mix": (TaskKind("a", weight=0),)}, "weight above 0"),
        ({"partitions": 0}, "1 or more partitions"),
        ({"dots": True}, ""),
        ({"dots": True, "mix": (TaskKind("a", poison=True),)}, "publish JSON"),
        ({"dots": True, "mix": (TaskKind("a", permanent=True),)}, "publish JSON"),
        ({"dots": True, "mix": (TaskKind("a", due=1.0),)}, ""),
        ({"dots": True, "mix": (TaskKind("v1.2"),)}, "leave them out"),
    ],
)
def test_what_cannot_be_published_is_said(fields: dict[str, object], why: str) -> None:
    said = cannot_be_published(replace(SPEC, **fields))  # type: ignore[arg-type] # fields of the spec
    assert why in said
    assert bool(said) is bool(why)
