"""``wqstudio dlq``: the commands as scripts use them, with the exit codes they trust."""

import json
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.blind_front import blind_front
from tests.contract.dlq_commands import Dlq, done, journal_of
from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, RabbitGraveyard
from tests.contract.half_done import begin, home
from tests.waiting import until
from wqstudio.brokers.factory import open_letters
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.redrive import Action, MoveState, Plan
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.moves.importing import reader

BODIES = [b'{"order": %d}' % number for number in range(12)]

# What differs between kinds of queues is tested with the adapters; here it is the command.
pytestmark = pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)


async def test_list_names_the_queues_with_dead_letters_and_then_the_letters(
    graveyard: Graveyard, dlq: Dlq, typed: Dlq
) -> None:
    await graveyard.bury(BODIES, {"X-Error": "boom"})
    listed = [{"queue": DEAD, "dead_letters": len(BODIES), "exhausted": 0}]
    await until(lambda: json.loads(done(dlq("list", "--json"))) == listed)  # a quorum queue is counted now and then
    letters = json.loads(done(typed("list", DEAD, "--json", "--limit", "3")))
    assert [letter["text"].encode() for letter in letters] == BODIES[:3]
    assert ("X-Error", "boom") in [(header["name"], header["value"]) for header in letters[0]["headers"]]
    shown = done(typed("show", DEAD, str(letters[1]["id"])))
    body = json.dumps(json.loads(shown.partition("\n\n")[2]))
    assert body.encode() in BODIES  # looking may turn a quorum queue's order round
    assert ["id", str(letters[1]["id"])] in [line.split() for line in shown.splitlines()]
    assert "X-Error: boom" in shown


async def test_list_tells_how_many_match(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    all_shown = done(dlq("list", DEAD, "--match", r"regex:\b1\d\b", "--limit", "3"))
    assert all_shown.endswith("\n\n2 of 12 match\n")
    some_shown = ("list", DEAD, "--match", r"regex:\b\d\b", "--limit", "3")
    free = "10 of 12 match; the first 3 are shown"
    paid = "the first 3 that match, of 12; there may be more"
    told = paid if isinstance(graveyard.connection, RabbitConnection) else free
    assert told in done(dlq(*some_shown))
    as_json = dlq(*some_shown, "--json")
    assert len(json.loads(done(as_json))) == 3
    assert told in as_json.stderr
    assert "3 of 12; --limit shows more" in dlq("list", DEAD, "--limit", "3", "--json").stderr


async def test_requeue_moves_what_matches_and_tells(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    before = done(dlq("requeue", DEAD, "--match", r"regex:\b1\d\b", "--dry-run"))
    assert f"would requeue 2 of {DEAD}" in before
    result = json.loads(done(dlq("requeue", DEAD, "--match", r"regex:\b1\d\b", "--json")))
    assert (result["state"], result["moved"], result["skipped"]) == ("done", 2, 10)
    assert await graveyard.bodies(WORK) == BODIES[10:]
    (entry,) = json.loads(done(dlq("journal", "--json")))
    assert (entry["run"], entry["queue"], entry["moved"]) == (result["run"], DEAD, 2)


@pytest.mark.parametrize("named", [True, False])
async def test_where_it_cannot_be_told_what_a_queue_drops_a_requeue_warns(
    graveyard: Graveyard, dlq: Dlq, *, named: bool
) -> None:
    """Wherever they go: to a place that is named, or home. A NATS server tells it to whoever may publish and look."""
    await graveyard.bury(BODIES)
    arguments = ("requeue", DEAD, *(("--to", graveyard.home.route) if named else ()))
    if isinstance(graveyard.connection, RabbitConnection):
        with blind_front(graveyard.connection.management_url, f"/{WORK}") as front:
            result = dlq(*arguments, management=front)
        assert result.stderr.count(f"warning: Whether {WORK} has a maximum length cannot be told") == 1
    else:
        result = dlq(*arguments)
        assert "warning" not in result.stderr
    assert "requeued 12" in done(result)


async def test_so_many_are_tried_at_a_time_as_is_asked_for(graveyard: Graveyard, dlq: Dlq) -> None:
    """Of the second portion one finds room; all at once, 7 would be refused."""
    await graveyard.bury(BODIES)
    await graveyard.evict_from_work(5)
    result = json.loads(dlq("requeue", DEAD, "--batch", "4", "--stop-on-refusal", "--json").stdout)
    assert (result["state"], result["moved"], result["refused"]) == ("stopped", 5, 3)


async def test_a_dry_run_and_a_run_tell_what_does_not_fit(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    await graveyard.evict_from_work(5)
    foreseen = dlq("requeue", DEAD, "--dry-run")
    assert foreseen.stdout.startswith(f"would requeue 5 of {DEAD}, of 12 that are meant\n")
    assert (foreseen.returncode, f"warning: {WORK} has room for 5 of these 12" in foreseen.stdout) == (3, True)
    result = dlq("requeue", DEAD)
    assert (result.returncode, f"7  {WORK} is full (5 messages" in result.stdout) == (3, True)


async def test_a_dry_run_to_a_place_that_is_not_there_ends_as_the_run_does(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    """Into NATS one goes by a subject; that a name is a stream's is said."""
    await graveyard.bury(BODIES)
    nowhere = "nowhere" if isinstance(graveyard.connection, RabbitConnection) else WORK
    file = str(tmp_path / "letters.jsonl")
    done(dlq("export", DEAD, file))
    for arguments, would in (
        (("requeue", DEAD, "--to", nowhere), f"would requeue 0 of {DEAD}, of 12 that are meant\n       12  stay: "),
        (("import", file, "--to", nowhere), "would publish 0, of 12 that are meant\n       12  not published: "),
    ):
        foreseen = dlq(*arguments, "--dry-run")
        assert foreseen.stdout.startswith(would)
        assert ("is the name of a stream: its subject" in foreseen.stdout) == (nowhere == WORK)
        assert (foreseen.returncode, dlq(*arguments).returncode) == (1, 1)


async def test_a_dry_run_where_nothing_can_be_removed_ends_as_the_run_does(graveyard: Graveyard, dlq: Dlq) -> None:
    queue = await graveyard.lay_for_good(BODIES)
    for arguments in (("requeue", queue), ("discard", queue, "--yes")):
        foreseen, result = dlq(*arguments, "--dry-run"), dlq(*arguments)
        assert (foreseen.returncode, foreseen.stdout, foreseen.stderr) == (1, "", result.stderr)
        assert result.returncode == 1
    assert await graveyard.bodies(WORK) == []


async def test_a_letter_is_shown_again_by_the_fingerprint_that_is_listed(graveyard: Graveyard, dlq: Dlq) -> None:
    """Where an id is a place in line, another one stands there by now."""
    await graveyard.bury(BODIES[:3])
    listed = done(dlq("list", DEAD))
    marks = [each["fingerprint"] for each in json.loads(done(dlq("list", DEAD, "--json")))]
    if isinstance(graveyard, RabbitGraveyard):
        rows = [line.split()[:2] for line in listed.splitlines()]
        assert rows[:4] == [["id", "fingerprint"], *([str(n), mark[:12]] for n, mark in enumerate(marks, 1))]
        ((method, _, _),) = graveyard._outsider.take(DEAD, 1)
        graveyard._outsider.ack(method.delivery_tag)
        assert json.loads(done(dlq("show", DEAD, "2", "--json")))["text"].encode() == BODIES[2]
    for mark in (marks[1], marks[1].upper(), *((marks[1][:12],) if isinstance(graveyard, RabbitGraveyard) else ())):
        shown = done(dlq("show", DEAD, mark))
        assert json.loads(shown.partition("\n\n")[2]) == json.loads(BODIES[1])
        assert ["fingerprint", marks[1]] in [line.split() for line in shown.splitlines()]
    assert dlq("show", DEAD, marks[1][:12] + "0" * 20).returncode == 4
    assert dlq("show", DEAD, "9").returncode == 4
    nonsense = dlq("show", DEAD, "nonsense")
    assert (nonsense.returncode, "nor a fingerprint of 12 digits" in nonsense.stderr) == (2, True)


async def test_a_requeue_can_be_undone_once(graveyard: Graveyard, typed: Dlq) -> None:
    await graveyard.bury(BODIES)
    run = json.loads(done(typed("requeue", DEAD, "--json")))["run"]
    assert "12" in done(typed("undo", run, "--dry-run")).splitlines()[0]
    result = json.loads(done(typed("undo", run, "--json")))
    assert (result["action"], result["state"], result["moved"], result["gone"]) == ("undo", "done", 12, 0)
    again = typed("undo", run)
    assert again.returncode == 2
    assert f"undone already, by run {result['run']}" in again.stderr
    assert f"Undo: back to {DEAD} (run {run})" in done(typed("journal"))
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)
    assert await graveyard.bodies(WORK) == []


async def test_an_undo_of_what_workers_have_had_says_so(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    run = json.loads(done(dlq("requeue", DEAD, "--json")))["run"]
    await graveyard.take(5, settle=True)
    if isinstance(graveyard.connection, RabbitConnection):
        for dry in ((), ("--dry-run",)):
            costly = dlq("undo", run, *dry, accept=False)
            assert (costly.returncode, "--accept-cost" in costly.stderr) == (2, True)
    foreseen = dlq("undo", run, "--dry-run")
    assert "stay: a consumer has had them, or they are gone" in foreseen.stdout
    result = dlq("undo", run)
    assert (foreseen.returncode, result.returncode) == (3, 3)
    assert "brought back 7" in result.stdout
    assert "5  not there any more" in result.stdout


async def test_an_undo_of_what_workers_have_had_all_of_does_nothing_and_a_dry_run_says_so(
    graveyard: Graveyard, dlq: Dlq
) -> None:
    await graveyard.bury(BODIES)
    run = json.loads(done(dlq("requeue", DEAD, "--json")))["run"]
    await graveyard.take(len(BODIES), settle=True)
    foreseen, result = dlq("undo", run, "--dry-run"), dlq("undo", run)
    assert (foreseen.returncode, result.returncode) == (4, 4)
    assert "brought back 0" in result.stdout


async def test_a_queue_can_be_marked_by_hand(graveyard: Graveyard, dlq: Dlq) -> None:
    """What marks do to what is listed is tested with the engine; here it is the command."""
    await graveyard.bury(BODIES)
    assert "is marked as a dead-letter queue" in done(dlq("mark", WORK))
    done(dlq("mark", DEAD, "--not"))
    assert dlq("mark", "no_such_queue").returncode == 1
    listing = dlq("list", "--json")
    assert [queue["queue"] for queue in json.loads(done(listing))] == [WORK]
    assert listing.stderr == ""
    await graveyard.remove(DEAD)
    assert f"{DEAD} is marked, and is not there now" in dlq("list", "--json").stderr
    assert "is not marked" in done(dlq("mark", DEAD, "--forget"))
    assert dlq("list").stderr == ""


def test_what_is_marked_is_there_also_where_nobody_lists_queues(graveyard: Graveyard, dlq: Dlq) -> None:
    """A NATS server lists them to whoever may look."""
    if isinstance(graveyard.connection, RabbitConnection):
        told = json.loads(done(dlq("mark", WORK, "--json", management="http://127.0.0.1:9")))
        assert told == {"queue": WORK, "marked": True, "there": True, "keeps_dead_letters": True}


async def test_where_nothing_leads_any_more_a_look_finds_dead_letters_and_that_is_remembered(
    graveyard: Graveyard, dlq: Dlq
) -> None:
    """On NATS each copy says where it died, and so the streams are looked into for that."""
    if not isinstance(graveyard.connection, RabbitConnection):
        return
    await graveyard.bury(BODIES)
    await graveyard.remove(WORK)

    def offered() -> bool:
        listing = dlq("list")
        return listing.returncode == 4 and f"{DEAD} may keep dead letters, by its name (12 there)" in listing.stderr

    await until(offered)
    assert dlq("discard", DEAD, "--yes").returncode == 2
    seen = dlq("list", DEAD).stderr
    assert f"{DEAD} was not known to keep dead letters; its messages say that they are" in seen
    assert "dlq mark" not in seen, "what the look itself has made known is not asked for"
    listing = dlq("list")
    assert f"{DEAD}: its messages carry x-death, as a look has seen." in done(listing)
    assert listing.stderr == ""
    assert dlq("list", DEAD).stderr == ""
    done(dlq("mark", DEAD, "--not"))
    done(dlq("list", DEAD))
    assert dlq("list").returncode == 4
    done(dlq("mark", DEAD, "--forget"))
    assert dlq("list").returncode == 4
    done(dlq("export", DEAD, "-"))
    (listed,) = json.loads(done(dlq("list", "--json")))
    assert listed["told_by"] == "its messages carry x-death"
    assert "discarded 12" in done(dlq("discard", DEAD, "--yes"))


async def test_a_look_at_what_was_requeued_takes_no_work_for_dead_letters(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    done(dlq("requeue", DEAD))
    done(dlq("list", WORK))
    assert WORK not in [queue["queue"] for queue in json.loads(dlq("list", "--json").stdout)]
    assert dlq("discard", WORK, "--yes").returncode == 2


async def test_live_work_is_not_moved_unless_that_is_said(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    done(dlq("requeue", DEAD))
    for arguments in (("discard", WORK, "--yes"), ("requeue", WORK, "--to", "other"), ("discard", WORK, "--dry-run")):
        refused = dlq(*arguments)
        assert refused.returncode == 2, refused
        assert f"{WORK} is not known to keep dead letters; if it does, say so once" in refused.stderr
        assert all(remedy in refused.stderr for remedy in (f"dlq mark {WORK}", "--any-queue"))
        assert ("--exhausted" in refused.stderr) is isinstance(graveyard, NatsGraveyard)
    listed = dlq("list", WORK, "--json")
    assert len(json.loads(done(listed))) == len(BODIES)
    assert "is not known to keep dead letters" in listed.stderr
    assert ("--exhausted" in listed.stderr) is isinstance(graveyard, NatsGraveyard)
    assert "discarded 12" in done(dlq("discard", WORK, "--yes", "--any-queue"))


def test_where_it_cannot_be_known_what_a_queue_keeps_that_is_said(graveyard: Graveyard, dlq: Dlq) -> None:
    """A NATS server tells it to whoever may look."""
    if isinstance(graveyard.connection, RabbitConnection):
        result = dlq("discard", DEAD, "--yes", management="http://127.0.0.1:9")
        assert "keeps dead letters or live work cannot be told" in result.stderr
        assert result.returncode == 2


async def test_what_failed_before_it_began_is_never_finished(graveyard: Graveyard, dlq: Dlq) -> None:
    """The queue may come to be, with live work in it."""
    await graveyard.remove(WORK)
    assert dlq("discard", WORK, "--yes", "--any-queue").returncode == 1
    (entry,) = json.loads(done(dlq("journal", "--json")))
    assert entry["state"] == "failed"
    assert WORK in entry["trouble"] or "stream not found" in entry["trouble"]
    await graveyard.make()
    await graveyard.work_on(BODIES[:5])
    assert dlq("finish").returncode == 4
    named = dlq("finish", entry["run"])
    assert (named.returncode, "is over (failed)" in named.stderr) == (4, True)
    assert "gives it up" not in named.stderr
    assert await graveyard.bodies(WORK) == BODIES[:5]


async def test_a_queue_that_is_gone_takes_nothing_from_what_is_known_of_its_run(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    await graveyard.bury(BODIES)
    with closing(Journal(journal_of(tmp_path))) as journal:
        await begin(graveyard, journal, home(graveyard), 3)
    await graveyard.remove(DEAD)
    finished = dlq("finish", "--json")
    told = json.loads(finished.stdout)
    assert (finished.returncode, told["state"], told["total"]) == (1, "interrupted", len(BODIES))


async def test_each_run_that_is_finished_is_a_line_of_json(graveyard: Graveyard, dlq: Dlq, tmp_path: Path) -> None:
    await graveyard.bury(BODIES[:2])
    letters, runs = await open_letters(graveyard.connection, DEAD), ["a1", "b2"]
    went = letters.identity + b"went"
    await letters.close()
    with closing(Journal(journal_of(tmp_path))) as journal:
        for run in runs:
            journal.begin(run, place_of(graveyard.connection), Plan(DEAD, Action.DISCARD, limit=1), 5)
            journal.record(run, [Move(0, went, MoveState.REMOVED)])
    told = [json.loads(line) for line in done(dlq("finish", "--json")).splitlines()]
    assert [(each["run"], each["moved"]) for each in told] == [(run, 1) for run in runs]


async def test_finish_leaves_live_work_alone_and_goes_on_past_what_fails(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    await graveyard.work_on(BODIES[:5])
    place = place_of(graveyard.connection)
    journal = Journal(journal_of(tmp_path))
    letters = await open_letters(graveyard.connection, WORK)
    one_that_went = letters.identity + b"went"
    await letters.close()
    for run, queue in (("a1", "no_such_queue"), ("b2", WORK)):
        journal.begin(run, place, Plan(queue, Action.DISCARD), 5)
        journal.record(run, [Move(0, one_that_went, MoveState.REMOVED)])
    finished = dlq("finish")
    assert finished.returncode == 1
    assert "run a1: " in finished.stderr
    assert "finish --drop a1" in finished.stderr
    assert f"{WORK}: stopped, discarded 1 (run b2)" in finished.stdout
    assert f"{WORK} is not known to keep dead letters" in finished.stdout
    assert "run a1 is given up" in done(dlq("finish", "--drop", "a1"))
    assert dlq("finish").returncode == 4
    journal.begin("c3", place, Plan(WORK, Action.DISCARD, limit=3), 5)
    journal.record("c3", [Move(0, one_that_went, MoveState.REMOVED)])
    journal.close()
    assert "discarded 3" in done(dlq("finish", "c3", "--any-queue"))
    assert await graveyard.bodies(WORK) == BODIES[2:5]


async def test_which_messages_were_refused_is_told_and_none_moved_is_a_failure(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES[:5])
    await graveyard.limit_work(2)
    known = {each["fingerprint"]: each["text"].encode() for each in json.loads(done(dlq("list", DEAD, "--json")))}
    some = dlq("requeue", DEAD, "--json")
    assert some.returncode == 3, some
    refused = [known[each["fingerprint"]] for each in json.loads(some.stdout)["stayed"]]
    assert len(refused) == 3
    assert {(each["state"], bool(each["reason"])) for each in json.loads(some.stdout)["stayed"]} == {("refused", True)}
    none = dlq("requeue", DEAD)
    assert none.returncode == 1, "none was moved"
    assert all(each["fingerprint"] in none.stdout for each in json.loads(some.stdout)["stayed"])
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert (sorted(left), sorted(moved + left)) == (sorted(refused), BODIES[:5])


async def test_what_an_unfinished_run_has_half_done_is_left_to_it_and_said(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    await graveyard.bury(BODIES)
    with closing(Journal(journal_of(tmp_path))) as journal:
        await begin(graveyard, journal, home(graveyard), 1, "a1")
    said = "1  stay: left to run a1, which was not finished; finish it first: `wqstudio dlq finish a1`"
    foreseen = dlq("requeue", DEAD, "--dry-run")
    assert (foreseen.returncode, said in foreseen.stdout) == (3, True)
    result = dlq("requeue", DEAD)
    assert result.returncode == 3
    assert "requeued 11" in result.stdout
    assert said.replace("stay: ", "") in result.stdout
    assert "refused" not in result.stdout
    (newest, _) = json.loads(done(dlq("journal", "--json")))
    assert (newest["foreign"], newest["refused"]) == (1, 0)
    assert newest["owners"] == [{"run": "a1", "count": 1}]
    assert "done, 1 left to other runs" in done(dlq("journal"))
    assert dlq("finish", "a1").returncode == (0 if graveyard.deduplicates else 3), "perhaps there twice"
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


async def test_what_others_hold_is_said_by_every_command(graveyard: Graveyard, dlq: Dlq) -> None:
    """An export without them may be taken for the whole queue, and that then be purged."""
    if not isinstance(graveyard.connection, RabbitConnection):
        return  # there, a look holds nothing
    await graveyard.bury(BODIES[:3])
    letters = await open_letters(graveyard.connection, DEAD)

    def says(command: str, *options: str) -> bool:
        result = dlq(command, DEAD, *options)
        return "3 more are with consumers" in result.stdout + result.stderr

    try:
        await letters.page(0, 3)
        for command in (("requeue",), ("requeue", "--dry-run"), ("export", "-"), ("show", "1"), ("list",)):
            await until(partial(says, *command))
    finally:
        await letters.close()


async def test_an_export_can_be_discarded_and_imported_again(graveyard: Graveyard, dlq: Dlq, tmp_path: Path) -> None:
    file = str(tmp_path / "letters.jsonl")
    await graveyard.bury(BODIES)
    assert dlq("discard", DEAD).returncode == 2
    told = json.loads(done(dlq("export", DEAD, file, "--json")))
    assert told == {"action": "export", "queue": DEAD, "file": file, "exported": 12}
    assert len(done(dlq("export", DEAD, "-", "--json")).splitlines()) == 12
    assert "discarded 12" in done(dlq("discard", DEAD, "--yes"))
    assert dlq("list", DEAD).returncode == 4
    done(dlq("import", file))
    newest = json.loads(done(dlq("journal", "--json")))[0]
    assert (newest["action"], newest["queue"], newest["moved"], newest["state"]) == ("import", file, 12, "done")
    assert await graveyard.bodies(WORK) == BODIES
    exported = json.loads(done(dlq("journal", "--json")))[-1]
    assert (exported["action"], exported["queue"], exported["to"]) == ("export", DEAD, file)
    assert (exported["state"], exported["moved"]) == ("done", 12)
    assert "order" not in json.dumps(exported), "never contents"
    again = dlq("export", DEAD, file)
    assert again.returncode == 1
    assert "letters.jsonl is there already, and is not overwritten; name another file" in again.stderr


async def test_a_dry_run_of_an_import_tells_what_becomes_of_headers_and_where_from_stays_known(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    """In the words of a requeue's; an export of what was imported says the same of where it came from."""
    file, again = tmp_path / "letters.jsonl", tmp_path / "again.jsonl"
    await graveyard.bury(BODIES, {"Nats-Original-Subject": "orders.new", "Nats-Rollup-Time": "soon", "Customer": "7"})
    done(dlq("export", DEAD, str(file)))
    done(dlq("discard", DEAD, "--exported", str(file), "--yes"))
    to = f"dead.{graveyard.home.route}" if graveyard.deduplicates else DEAD
    foreseen = done(dlq("import", str(file), "--to", to, "--dry-run"))
    kept = next(line for line in foreseen.splitlines() if "headers kept: " in line)
    assert "Customer" in kept
    assert "Nats-Original-Subject" in kept
    assert ("header left out: Nats-Rollup-Time (would delete" in foreseen) is graveyard.deduplicates
    assert "header added: Wqs-Requeued: (the run's own)" in foreseen
    assert "When it died stays known" in foreseen
    done(dlq("import", str(file), "--to", to))
    done(dlq("export", DEAD, str(again)))
    for each in (file, again):
        for line in each.read_text().splitlines():
            headers = {header["name"]: header["value"] for header in json.loads(line)["headers"]}
            assert (headers["Nats-Original-Subject"], headers["Customer"]) == ("orders.new", "7")


async def test_a_second_import_tells_what_was_there_before(graveyard: Graveyard, dlq: Dlq, tmp_path: Path) -> None:
    file = str(tmp_path / "letters.jsonl")
    await graveyard.bury(BODIES)
    done(dlq("export", DEAD, file))
    assert f"12  to {graveyard.home.queue}" in done(dlq("import", file, "--dry-run"))
    first = dlq("import", file)
    assert "published 12, refused 0" in first.stderr
    assert "before" not in first.stderr
    foreseen = dlq("import", file, "--dry-run")
    assert foreseen.returncode == (0 if graveyard.deduplicates else 2)
    assert "warning: 12 were published there before, on " in foreseen.stdout
    assert json.loads(done(dlq("import", file, "--dry-run", "--yes", "--json")))["earlier"][0]["count"] == 12
    if not graveyard.deduplicates:
        assert foreseen.stderr.endswith("Say --yes to publish them all the same.\n")
        refused = dlq("import", file)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "12 were published there before" in refused.stderr
        assert refused.stderr.endswith("Say --yes to publish them all the same.\n")
        assert json.loads(done(dlq("journal", "--json")))[0]["moved"] == 12
    again = dlq("import", file, "--yes")
    done(again)
    assert "warning: 12 were published there before, on " in again.stderr
    if graveyard.deduplicates:
        assert "published 0, refused 0, 12 not stored a second time" in again.stderr
    else:
        assert "they will be there twice, unless somebody took them" in again.stderr
        assert "published 12, refused 0, 12 of them for a second time, after an earlier import" in again.stderr


async def test_an_import_that_was_cut_off_is_told_of_before_its_file_is_imported_anew(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    """Of what was under way then nobody knows whether it is there."""
    file = str(tmp_path / "letters.jsonl")
    await graveyard.bury(BODIES)
    done(dlq("export", DEAD, file))
    with closing(Journal(journal_of(tmp_path))) as journal:
        marks = [letter.fingerprint for letter in reader(Path(file), graveyard.connection.product)()]
        journal.begin("a1", place_of(graveyard.connection), Plan(file, Action.IMPORT), len(BODIES))
        journal.record("a1", [Move(0, marks[0], MoveState.REMOVED), *(Move(n, marks[n]) for n in (1, 2))])
    told = dlq("import", file, "--dry-run", "--json")
    assert told.returncode == (0 if graveyard.deduplicates else 2)
    (earlier,) = json.loads(told.stdout)["earlier"]
    assert (earlier["run"], earlier["count"], earlier["unfinished"]) == ("a1", 3, True)
    anew = dlq("import", file)
    assert anew.returncode == (0 if graveyard.deduplicates else 2)
    assert "by run a1, or may have been; it is not finished: finish that one instead." in anew.stderr


async def test_what_was_exported_is_what_is_discarded(graveyard: Graveyard, dlq: Dlq, tmp_path: Path) -> None:
    """And nothing that came in between."""
    await graveyard.bury(BODIES[:8])
    file = tmp_path / "letters.jsonl"
    done(dlq("export", DEAD, str(file), "--match", "regex:[0-5]}"))
    await graveyard.bury(BODIES[8:])
    exported = ("discard", DEAD, "--exported", str(file))
    assert done(dlq(*exported, "--dry-run")).startswith(f"would discard 6 of {DEAD}\n")
    asked = dlq(*exported)
    assert (asked.returncode, "say --yes" in asked.stderr) == (2, True)
    assert "discarded 6" in done(dlq(*exported, "--yes"))
    (newest, _) = json.loads(done(dlq("journal", "--json")))
    assert newest["which"] == "those exported to letters.jsonl"
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[6:])


async def test_a_dry_run_takes_what_was_exported_from_an_earlier_queue_of_that_name_as_the_run_does(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    """RabbitMQ tells no two such queues apart."""
    await graveyard.bury(BODIES)
    file = str(tmp_path / "letters.jsonl")
    done(dlq("export", DEAD, file))
    await graveyard.remove(DEAD)
    await graveyard.make()
    await graveyard.bury(BODIES)
    ends = [dlq("discard", DEAD, "--exported", file, how) for how in ("--dry-run", "--yes")]
    assert ends[0].returncode == ends[1].returncode, ends
    if graveyard.deduplicates:
        assert ends[0].returncode == 2
        assert ends[0].stderr == ends[1].stderr
        assert f"{DEAD} is not the queue that these were exported from" in ends[0].stderr
        assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_a_file_that_does_not_say_which_messages_it_holds_discards_none(
    graveyard: Graveyard, dlq: Dlq, tmp_path: Path
) -> None:
    await graveyard.bury(BODIES)
    file, old = tmp_path / "letters.jsonl", tmp_path / "old.jsonl"
    done(dlq("export", DEAD, str(file)))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    old.write_text("\n".join(json.dumps({**line, "fingerprint": ""}) for line in lines))
    for arguments, words in (
        ((DEAD, "--exported", str(old)), "an earlier release wrote it"),
        ((WORK, "--any-queue", "--exported", str(file)), f"was exported from {DEAD}, not from {WORK}"),
        ((DEAD, "--exported", str(file), "--match", "order"), "leave them out"),
    ):
        result = dlq("discard", *arguments, "--yes")
        assert (result.returncode, words in result.stderr) == (2, True), result
    assert "would publish 12" in done(dlq("import", str(old), "--dry-run"))
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_what_is_refused_shows_in_the_exit_code(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury(BODIES)
    await graveyard.limit_work(4)
    result = dlq("requeue", DEAD, "--rate", "20", "--to", graveyard.home.route)
    assert result.returncode == 3
    assert "refused, and left where they were" in result.stdout
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


async def test_a_look_that_costs_is_not_taken_unasked(graveyard: Graveyard, dlq: Dlq) -> None:
    requeue = ("requeue", DEAD)
    for looking in (
        ("list", DEAD),
        (*requeue, "--dry-run"),
        (*requeue, "--match", "regex:order"),
        (*requeue, "--limit", "1"),
    ):
        await graveyard.bury(BODIES[:1])
        result = dlq(*looking, accept=False)
        if isinstance(graveyard.connection, RabbitConnection):
            assert result.returncode == 2, looking
            assert "--accept-cost" in result.stderr
        else:
            done(result)
    await graveyard.bury(BODIES[:1])
    done(dlq("requeue", DEAD, accept=False))


async def test_a_limited_move_looks_at_few_more_than_it_moves(graveyard: Graveyard, dlq: Dlq) -> None:
    await graveyard.bury([b"%d" % number for number in range(60)])
    assert "requeued 2" in done(dlq("requeue", DEAD, "--limit", "2"))
    if isinstance(graveyard, RabbitGraveyard):
        left = graveyard._outsider.take(DEAD, 58)
        assert sum(method.redelivered for method, _, _ in left) <= 8
