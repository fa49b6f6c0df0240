"""The exit codes of ``wqstudio dlq``, which scripts trust: each that a command can have, and those of its dry run."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Done
from tests.contract.dlq_commands import Dlq, journal_of
from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, RabbitGraveyard
from tests.contract.half_done import begin, home
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.redrive import Action, MoveState, Plan
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.letters import file as letter_file

BODIES = [b'{"order": %d}' % number for number in range(12)]
DONE, FAILED, WRONG, PARTLY, NOTHING = range(5)
NO_SUCH = "no_such_queue"

TYPED = (
    (("requeue", DEAD, "--match", "regex:a(b"), "a(b"),
    (("list", DEAD, "--match", "older:soon"), "30s, 10m, 2h or 7d"),
    (("discard", DEAD, "--yes", "--match", "reasn:expired"), "for those very words say text:reasn:expired"),
    (("export", DEAD, "-", "--match", "reason:"), "nothing after the colon"),
    (("discard", DEAD, "--yes", "--match", ""), "is empty"),
    (("discard", DEAD, "--yes", "--match", "header:=eu"), 'before the "="'),
    (("discard", DEAD, "--yes", "--match", "json:$.customer="), 'after the "="'),
    (("requeue", DEAD, "--rate", "0"), "above 0"),
    (("requeue", DEAD, "--batch", "0"), "from 1 up"),
    (("list", DEAD, "--limit", "some"), "from 1 up"),
    (("list", "--limit", "3"), "letters of one queue"),
    (("requeue", DEAD, "--to", ""), "names no place"),
    (("requeue", DEAD, "--to", "bad subject"), "is not a subject"),
    (("requeue", DEAD, "--to", f"{WORK}.>", "--dry-run"), "is a pattern"),
    (("import", "none.jsonl", "--to", "a..b"), "is not a subject"),
    (("show", DEAD, "first"), "nor a fingerprint of 12 digits"),
    (("journal", "--limit", "0"), "from 1 up"),
    (("finish", "--drop"), "name it"),
    (("finish", ""), "run: it is empty"),
    (("list", ""), "queue: it is empty"),
    (("requeue", ""), "queue: it is empty"),
    (("mark", DEAD, "--not", "--forget"), "not allowed"),
    (("discard", DEAD), "--yes"),
)
"""Read before any broker is asked; with words of the answer."""

pytestmark = pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)

Ends = Callable[..., Done]


@pytest.fixture
def ends(dlq: Dlq) -> Ends:
    """Run a command, which has to end with that code, and to say these words."""

    def ends(code: int, *arguments: str, words: str = "", **options: Any) -> Done:
        result = dlq(*arguments, **options)
        assert result.returncode == code, result
        assert words in result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result

    return ends


@pytest.fixture
def file(tmp_path: Path) -> str:
    """For exported letters."""
    return str(tmp_path / "letters.jsonl")


# --- 0


async def test_all_that_was_asked_for_is_done(graveyard: Graveyard, ends: Ends, file: str) -> None:
    await graveyard.bury(BODIES)
    listed = ends(DONE, "list", DEAD, "--json")
    ends(DONE, "list")
    ends(DONE, "show", DEAD, str(json.loads(listed.stdout)[0]["id"]))
    ends(DONE, "export", DEAD, file)
    ends(DONE, "requeue", DEAD, "--dry-run")
    run = _run(ends(DONE, "requeue", DEAD, "--json"))
    ends(DONE, "undo", run, "--dry-run")
    ends(DONE, "undo", run)
    ends(DONE, "discard", DEAD, "--dry-run")
    ends(DONE, "discard", DEAD, "--yes")
    ends(DONE, "import", file, "--dry-run")
    ends(DONE, "import", file)
    ends(DONE, "mark", DEAD)
    ends(DONE, "journal")


async def test_what_was_interrupted_is_finished_or_given_up(graveyard: Graveyard, ends: Ends, tmp_path: Path) -> None:
    await graveyard.bury(BODIES)
    await _half_done(graveyard, tmp_path, "a1", 1)
    (queue,) = json.loads(ends(DONE, "list", "--json").stdout)
    (run,) = queue["unfinished"]
    assert (run["run"], run["total"], run["finish"]) == ("a1", 12, "wqstudio dlq finish a1")
    for arguments in ((), (DEAD,)):
        ends(
            DONE,
            "list",
            *arguments,
            words="was interrupted, requeued 0 of 12; `wqstudio dlq finish a1` goes on with it",
        )
    ends(DONE if graveyard.deduplicates else PARTLY, "finish", "a1", words="requeued 12")
    assert "unfinished" not in ends(DONE, "list", "--json").stdout
    await graveyard.bury(BODIES)
    await _half_done(graveyard, tmp_path, "b2", 1)
    ends(DONE, "finish", "--drop", "b2")


async def test_a_finished_import_ends_as_one_that_was_not_interrupted(
    graveyard: Graveyard, ends: Ends, tmp_path: Path, file: str
) -> None:
    """What the broker knows from an earlier import is there, as it should be."""
    await graveyard.bury(BODIES)
    ends(DONE, "export", DEAD, file)
    ends(DONE, "import", file)
    with closing(Journal(journal_of(tmp_path))) as journal:
        journal.begin("a1", place_of(graveyard.connection), Plan(file, Action.IMPORT), len(BODIES))
        journal.record("a1", [Move(0, _first_of(file, graveyard), MoveState.PREVENTED)])
    ends(DONE, "finish", "a1")


# --- 1


async def test_none_of_it_could_be_done(graveyard: Graveyard, ends: Ends, tmp_path: Path, file: str) -> None:
    for command in (("list",), ("show", "1"), ("export", file), ("requeue",), ("discard", "--yes"), ("mark",)):
        result = ends(FAILED, command[0], NO_SUCH, *command[1:], words=NO_SUCH)
        assert "cannot be told" not in result.stderr, "that it is not there says it all"
    ends(FAILED, "import", str(tmp_path / "none.jsonl"), words="none.jsonl")
    await graveyard.bury(BODIES)
    ends(DONE, "export", DEAD, file)
    ends(FAILED, "export", DEAD, file, words="is there already")
    astray = str(tmp_path / "none" / "letters.jsonl")
    words = f"{astray} cannot be written: there is no folder {tmp_path / 'none'}."
    assert ".part" not in ends(FAILED, "export", DEAD, astray, words=words).stderr
    for dry in ("--dry-run", "--json"):
        ends(FAILED, "requeue", DEAD, "--to", "nowhere", dry)
        ends(FAILED, "import", file, "--to", "nowhere", dry)
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


def test_there_is_no_broker(graveyard: Graveyard, ends: Ends, tmp_path: Path, file: str) -> None:
    """So nothing is marked there, either."""
    product = "amqp" if isinstance(graveyard.connection, RabbitConnection) else "nats"
    away = f"{product}://127.0.0.1:9"
    for command in (
        ("list",),
        ("list", DEAD),
        ("show", DEAD, "1"),
        ("export", DEAD, file),
        ("requeue", DEAD),
        ("discard", DEAD, "--yes"),
        ("mark", DEAD),
    ):
        ends(FAILED, *command, at=away)
    with closing(Journal(journal_of(tmp_path))) as journal:
        assert journal.marks(place_of(replace(graveyard.connection, urls=(away,)))) == {}


async def test_what_fails_when_it_is_finished_is_to_be_finished_still(
    graveyard: Graveyard, ends: Ends, tmp_path: Path
) -> None:
    await graveyard.bury(BODIES)
    await _half_done(graveyard, tmp_path, "a1", 1)
    await graveyard.remove(DEAD)
    ends(FAILED, "finish", words="dlq finish --drop a1")
    ends(DONE, "finish", "--drop", "a1")


# --- 2


async def test_it_was_asked_for_wrongly(graveyard: Graveyard, ends: Ends, tmp_path: Path, file: str) -> None:
    """Nothing was touched."""
    await graveyard.bury(BODIES)
    await graveyard.work_on([b"live"])
    (tmp_path / "some.jsonl").write_text("")
    await _half_done(graveyard, tmp_path, "a1", 1)
    for arguments, words in (
        *(() if isinstance(graveyard.connection, RabbitConnection) else TYPED),
        (("discard", WORK, "--yes"), "live work"),
        (("discard", WORK, "--dry-run"), "live work"),
        (("requeue", WORK, "--to", "other"), "live work"),
        (("requeue", DEAD, "--read-only"), "read-only"),
        (("discard", DEAD, "--yes", "--read-only"), "read-only"),
        (("import", str(tmp_path / "some.jsonl"), "--read-only"), "read-only"),
        (("finish", "a1", "--read-only"), "read-only"),
        *((named, "knows no run abc") for named in (("undo", "abc"), ("finish", "abc"), ("finish", "--drop", "abc"))),
        (("unearth", DEAD), "invalid choice"),
    ):
        ends(WRONG, *arguments, words=words)
    if isinstance(graveyard.connection, RabbitConnection):
        ends(WRONG, "list", DEAD, "--exhausted", words="--exhausted is for NATS")
        for command in (("list", DEAD), ("show", DEAD, "1"), ("export", DEAD, file), ("requeue", DEAD, "--limit", "1")):
            ends(WRONG, *command, accept=False, words="--accept-cost")
    assert await graveyard.bodies(WORK) == [b"live"]
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_a_way_that_leads_back_into_the_queue_is_refused_as_its_name_is(graveyard: Graveyard, ends: Ends) -> None:
    """By the bindings of an exchange, or the subjects of a stream; where others receive them, too, that is said."""
    await graveyard.bury(BODIES)
    way = "dead.again"
    if isinstance(graveyard, RabbitGraveyard):
        way = "back/any"
        graveyard.share("back", DEAD)
    for dry in ("--dry-run", "--json"):
        ends(WRONG, "requeue", DEAD, "--to", way, dry, words=f"leads back into {DEAD}, where these")
    if isinstance(graveyard, RabbitGraveyard):
        graveyard.share("back", WORK)
        for dry in ("--dry-run", "--json"):
            ends(DONE, "requeue", DEAD, "--to", way, dry, words=f"leads back into {DEAD}, too")
        assert len(await graveyard.bodies(WORK)) == len(BODIES)
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_what_was_undone_is_not_undone_again(graveyard: Graveyard, ends: Ends) -> None:
    await graveyard.bury(BODIES)
    run = _run(ends(DONE, "requeue", DEAD, "--json"))
    ends(WRONG, "undo", run, "--read-only", words="read-only")
    ends(DONE, "undo", run)
    for dry in ((), ("--dry-run",)):
        ends(WRONG, "undo", run, *dry, words="undone already")


# --- 3


async def test_some_of_them_are_refused(graveyard: Graveyard, ends: Ends, file: str) -> None:
    await graveyard.bury(BODIES)
    ends(DONE, "export", DEAD, file)
    await graveyard.evict_from_work(5)
    for dry in ("--dry-run", "--json"):
        ends(PARTLY, "import", file, dry)
    await graveyard.bodies(WORK)
    if isinstance(graveyard, NatsGraveyard):
        await graveyard.take(5, settle=True)
    for dry in ("--dry-run", "--json"):
        ends(PARTLY, "requeue", DEAD, dry)
    for dry in ("--dry-run", "--json"):
        ends(FAILED, "requeue", DEAD, dry, words="room for" if dry == "--dry-run" else "full")


async def test_some_had_no_message_any_more_when_they_were_exported(
    graveyard: Graveyard, ends: Ends, file: str
) -> None:
    """As pointers whose original is gone; what is left of them goes nowhere, wherever it is sent."""
    await graveyard.bury(BODIES)
    ends(DONE, "export", DEAD, file)
    some = _without_messages(Path(file), 2)
    for to in ((), ("--to", graveyard.home.route)):
        words = "would publish 10, of 12 that are meant"
        assert (
            "2  not published: The message is gone."
            in ends(PARTLY, "import", some, *to, "--dry-run", words=words).stdout
        )
    ends(PARTLY, "import", some, "--to", graveyard.home.route, words="published 10, refused 2")


async def test_some_of_them_or_all_will_be_refused(graveyard: Graveyard, ends: Ends) -> None:
    """By a target that pushes nothing out."""
    await graveyard.bury(BODIES)
    await graveyard.limit_work(5)
    ends(PARTLY, "requeue", DEAD, "--dry-run", words=f"would requeue 5 of {DEAD}, of 12 that are meant")
    ends(PARTLY, "requeue", DEAD, words="requeued 5")
    for dry in ("--dry-run", "--json"):
        ends(FAILED, "requeue", DEAD, dry, words="room for 0 of these 7" if dry == "--dry-run" else "")
    ends(FAILED, "requeue", DEAD, words=f"{DEAD}: nothing was requeued (run ")


async def test_some_of_them_are_another_runs(graveyard: Graveyard, ends: Ends, tmp_path: Path) -> None:
    await graveyard.bury(BODIES)
    await _half_done(graveyard, tmp_path, "a1", 3)
    for dry in ("--dry-run", "--json"):
        ends(PARTLY, "requeue", DEAD, dry)
    await graveyard.bodies(WORK)


async def test_some_of_what_is_finished_is_refused(graveyard: Graveyard, ends: Ends, tmp_path: Path) -> None:
    await graveyard.bury(BODIES)
    await graveyard.evict_from_work(5)
    await _half_done(graveyard, tmp_path, "a1", 1)
    ends(PARTLY, "finish")


async def test_what_is_finished_is_perhaps_there_twice(graveyard: Graveyard, ends: Ends, tmp_path: Path) -> None:
    """Where none knows whether a copy was made before: all are moved, and that is not all there is to say."""
    await graveyard.bury(BODIES)
    await _half_done(graveyard, tmp_path, "a1", 3)
    if graveyard.deduplicates:
        ends(DONE, "finish", "a1")
        return
    ends(PARTLY, "finish", "a1", words="3  perhaps there twice")
    header, newest = ends(DONE, "journal").stdout.splitlines()[:2]
    at = header.index("perhaps twice")
    assert newest[at:].split()[0] == "3"


async def test_of_what_is_finished_none_can_tell_who_discarded_it(
    graveyard: Graveyard, ends: Ends, tmp_path: Path
) -> None:
    await graveyard.bury(BODIES)
    with closing(Journal(journal_of(tmp_path))) as journal:
        await begin(graveyard, journal, Plan(DEAD, Action.DISCARD, limit=4), 3, "a1")
    await graveyard.take_dead(3)
    ends(PARTLY, "finish", "a1", words="3  of those discarded: perhaps by somebody else")
    (told,) = json.loads(ends(DONE, "journal", "--json").stdout)
    assert told["unsure"] == 3


async def test_some_of_what_is_undone_was_taken(graveyard: Graveyard, ends: Ends) -> None:
    await graveyard.bury(BODIES)
    run = _run(ends(DONE, "requeue", DEAD, "--json"))
    await graveyard.take(5, settle=True)
    for dry in ("--dry-run", "--json"):
        ends(PARTLY, "undo", run, dry)


async def test_some_of_what_was_exported_is_not_there_any_more(graveyard: Graveyard, ends: Ends, file: str) -> None:
    await graveyard.bury(BODIES)
    ends(DONE, "export", DEAD, file)
    ends(DONE, "discard", DEAD, "--match", "regex:[0-2]}", "--yes")
    gone = sum(body[-2:-1] in b"012" for body in BODIES)
    ends(PARTLY, "discard", DEAD, "--exported", file, "--dry-run", words=f"{gone}  are not there any more")
    ends(PARTLY, "discard", DEAD, "--exported", file, "--yes")
    for dry in ("--dry-run", "--json"):
        ends(NOTHING, "discard", DEAD, "--exported", file, "--yes", dry)


# --- 4


def test_there_is_no_such_message(graveyard: Graveyard, ends: Ends, tmp_path: Path) -> None:
    """In queues that are there, in a file, in a journal."""
    del graveyard
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    ends(NOTHING, "list", DEAD)
    ends(NOTHING, "show", DEAD, "1", words="no dead letter 1")
    ends(NOTHING, "export", DEAD, str(tmp_path / "none.jsonl"), words="exported 0")
    for dry in ((), ("--dry-run",)):
        ends(NOTHING, "requeue", DEAD, *dry)
        ends(NOTHING, "discard", DEAD, "--yes", *dry)
        ends(NOTHING, "import", str(empty), *dry)
    ends(NOTHING, "finish", words="nothing was interrupted")
    ends(DONE, "journal")


async def test_none_of_them_is_meant(graveyard: Graveyard, ends: Ends, tmp_path: Path) -> None:
    await graveyard.bury(BODIES)
    other = ("--match", "text:no such text")
    ends(NOTHING, "list", DEAD, *other)
    ends(NOTHING, "export", DEAD, str(tmp_path / "none.jsonl"), *other)
    for dry in ((), ("--dry-run",)):
        ends(NOTHING, "requeue", DEAD, *other, *dry)
        ends(NOTHING, "discard", DEAD, "--yes", *other, *dry)


async def test_no_queue_has_any(graveyard: Graveyard, ends: Ends) -> None:
    await graveyard.remove(DEAD)
    await graveyard.remove(WORK)
    ends(NOTHING, "list", words="No queue has dead letters")


async def test_all_of_what_is_undone_was_taken(graveyard: Graveyard, ends: Ends) -> None:
    await graveyard.bury(BODIES)
    run = _run(ends(DONE, "requeue", DEAD, "--json"))
    await graveyard.take(len(BODIES), settle=True)
    for dry in ("--dry-run", "--json"):
        ends(NOTHING, "undo", run, dry)


async def test_all_of_what_is_undone_is_with_workers(graveyard: Graveyard, ends: Ends) -> None:
    """They show where they went, and have to stay there."""
    await graveyard.bury(BODIES)
    run = _run(ends(DONE, "requeue", DEAD, "--json"))
    await graveyard.take(len(BODIES), settle=False)
    if isinstance(graveyard, NatsGraveyard):  # on RabbitMQ it shows when they are taken back
        ends(FAILED, "undo", run, "--dry-run")
    ends(FAILED, "undo", run)


def _run(result: Done) -> str:
    run: str = json.loads(result.stdout)["run"]
    return run


def _without_messages(file: Path, count: int) -> str:
    """Another such file, of which the first so many are gone."""
    lines = file.read_text(encoding="utf-8").splitlines()
    gone = [json.dumps(json.loads(line) | {"problem": "The message is gone.", "body": ""}) for line in lines[:count]]
    other = file.with_name("some_gone.jsonl")
    other.write_text("\n".join([*gone, *lines[count:]]), encoding="utf-8")
    return str(other)


def _first_of(file: str, graveyard: Graveyard) -> bytes:
    with Path(file).open(encoding="utf-8") as lines:
        return next(iter(letter_file.read(lines, graveyard.connection.product))).fingerprint


async def _half_done(graveyard: Graveyard, folder: Path, run: str, letters: int) -> None:
    with closing(Journal(journal_of(folder))) as journal:
        await begin(graveyard, journal, home(graveyard), letters, run)
