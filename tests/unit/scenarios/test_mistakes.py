"""What people get wrong in a scenario file, and what they are told: file, line, field and what to write instead."""

from pathlib import Path

import pytest

from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.reading import read, read_file

GOOD = """\
[[queues]]
name = "jobs"

[[workers]]

[[producers]]
messages = 10
"""
QUEUE, WORKER, PRODUCER = 'name = "jobs"\n', "[[workers]]\n", "messages = 10\n"
"""After each of which something is added."""
_VALUE = (
    'a text stands in "quotation marks", a number is without a unit, else there is true or false; or a list before it '
    "is not closed"
)
_LINE = "a line is name = value, a [[table]], or a # comment"
_MILLION = "1,000,000,000"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # nothing, or something else
        (GOOD, "", '1: field "queues" is missing; add a table [[queues]]'),
        (GOOD, "# later\n", '1: field "queues" is missing; add a table [[queues]]'),
        (
            GOOD,
            '[[queues]]\nname = "a"\n',
            "1: nobody plays: there are neither workers nor producers; add [[workers]] and [[producers]]",
        ),
        (GOOD, "queues:\n  - name: jobs\n", f"1: not TOML: Expected '=' after a key in a key/value pair: {_LINE}"),
        (GOOD, '{"queues": [{"name": "jobs"}]}', f"1: not TOML: Invalid statement: {_LINE}"),
        (
            GOOD,
            f'on = ["nats"]\ntakes_on = {{ rabbitmq = 3 }}\n{GOOD}',
            '2: field "takes_on.rabbitmq": rabbitmq is not in "on"; add it there, or leave it out here',
        ),
        # syntax
        ('"jobs"', "jobs", f'2: field "name": not TOML: Invalid value: {_VALUE}'),
        (
            '"jobs"',
            '"jobs',
            (
                "2: field \"name\": not TOML: Illegal character '\\n': the text is not closed on its line: its "
                "quotation mark is "
                "missing"
            ),
        ),
        (
            '"jobs"',
            '"C:\\jobs"',
            (
                "2: field \"name\": not TOML: Unescaped '\\' in a string: in a text \\ stands twice, or the text "
                "stands in "
                "'single marks'"
            ),
        ),
        # more workers than there can be
        (
            WORKER,
            f'{WORKER}name = "a"\ncount = 150\n[[workers]]\nname = "b"\ncount = 51\n',
            '9: worker 2, field "count": 200 can work at a time, and here are 201; lower a count',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[faults]]\nat = 1\naction = "scale"\ntarget = "worker"\nvalue = 1000\n',
            '12: fault 1, field "value": 200 workers can work at a time, not 1,000; lower it',
        ),
        (QUEUE, f'{QUEUE}routes = ["a",\n', f"5: not TOML: Invalid value: {_VALUE}"),
        (PRODUCER, f"{PRODUCER}dots = True\n", f'8: field "dots": not TOML: Invalid value: {_VALUE}'),
        # tables
        (
            WORKER,
            "[workers]\n",
            '4: field "workers": expected a list, not a table; write [[workers]], with two brackets, before each',
        ),
        (
            WORKER,
            f"{WORKER}[[workers.on_failure]]\n",
            (
                '5: worker 1, field "on_failure": expected a table, not a list; write on_failure = { … }, since '
                "there is one only"
            ),
        ),
        (QUEUE, "", '1: queue 1: field "name" is missing; add it, a text of 1 to 100 characters'),
        (
            PRODUCER,
            f"{PRODUCER}mix = []\n",
            '8: producer 1, field "mix": expected a list that is not empty, not an empty list',
        ),
        # names of fields, the brokers' own among them
        (
            WORKER,
            f"{WORKER}prefech = 2\n",
            '5: worker 1, field "prefech": there is no such field; did you mean "prefetch"?',
        ),
        (
            WORKER,
            f"{WORKER}colour = 2\n",
            (
                '5: worker 1, field "colour": there is no such field; there are: name, count, queue, consumer, prior, '
                "service, "
                "spread, speed, failure_rate, prefetch, acks, on_failure, seed, forward, keeps"
            ),
        ),
        ("[[queues]]", "[[streams]]", '1: field "streams": there is no such field; here that is called "queues"'),
        (
            QUEUE,
            f'{QUEUE}subjects = ["jobs.>"]\n',
            '3: queue 1, field "subjects": there is no such field; here that is called "routes"',
        ),
        (
            QUEUE,
            f"{QUEUE}x-message-ttl = 1000\n",
            '3: queue 1, field "x-message-ttl": there is no such field; here that is called "max_age"',
        ),
        (
            WORKER,
            f"{WORKER}prefetch_count = 1\n",
            '5: worker 1, field "prefetch_count": there is no such field; here that is called "prefetch"',
        ),
        (
            WORKER,
            f"{WORKER}on_failure = {{ max_retries = 3 }}\n",
            '5: worker 1, field "on_failure.max_retries": there is no such field; here that is called "tries"',
        ),
        # types and units
        (
            WORKER,
            f'{WORKER}prefetch = "many"\n',
            '5: worker 1, field "prefetch": expected a whole number from 0 to 65,535, not "many"',
        ),
        (
            WORKER,
            f'{WORKER}service = "20ms"\n',
            (
                f'5: worker 1, field "service": expected a number from 0 to {_MILLION}, not "20ms"; write 0.02, '
                "without quotation marks and unit"
            ),
        ),
        (
            WORKER,
            f"{WORKER}service = 20ms\n",
            (
                '5: field "service": not TOML: Expected newline or end of document after a statement: a number is '
                "without a unit: write seconds, or bytes"
            ),
        ),
        (
            QUEUE,
            f'{QUEUE}max_bytes = "256MB"\n',
            (
                '3: queue 1, field "max_bytes": expected a whole number from -1 to 1,000,000,000,000,000, not "256MB"; '
                "write 268435456, without quotation marks and unit"
            ),
        ),
        (
            PRODUCER,
            f'{PRODUCER}dots = "true"\n',
            '8: producer 1, field "dots": expected true or false, not "true"; write true, without quotation marks',
        ),
        (
            PRODUCER,
            "messages = 10.0\n",
            f'7: producer 1, field "messages": expected a whole number from 1 to {_MILLION}, not 10.0; write 10',
        ),
        (
            QUEUE,
            f'{QUEUE}routes = "jobs.>"\n',
            '3: queue 1, field "routes": expected a list, not "jobs.>"; write ["jobs.>"]',
        ),
        (
            "[[queues]]",
            'on = "nats"\n[[queues]]',
            '1: field "on": expected a list that is not empty, not "nats"; write ["nats"]',
        ),
        # too much, and too little
        (
            PRODUCER,
            "messages = 100000000000000000000\n",
            f'7: producer 1, field "messages": expected a whole number from 1 to {_MILLION}, not 100000000000000000000',
        ),
        (
            WORKER,
            f"{WORKER}prefetch = 100000\n",
            '5: worker 1, field "prefetch": expected a whole number from 0 to 65,535, not 100000',
        ),
        (
            WORKER,
            f"{WORKER}count = 1000\n",
            '5: worker 1, field "count": expected a whole number from 1 to 200, not 1000',
        ),
        (
            WORKER,
            f"{WORKER}service = -1\n",
            f'5: worker 1, field "service": expected a number from 0 to {_MILLION}, not -1',
        ),
        (
            QUEUE,
            f"{QUEUE}max_age = 1e8\n",
            '3: queue 1, field "max_age": RabbitMQ takes 4,294,967 s at most; 0 stands for no limit',
        ),
        # what is there twice
        (
            QUEUE,
            f"{QUEUE}{QUEUE}",
            '3: field "name": not TOML: Cannot overwrite a value: it is there twice; leave one of the two out',
        ),
        (QUEUE, f"{QUEUE}[[queues]]\n{QUEUE}", '4: queue 2, field "name": jobs is there twice; rename one'),
        (
            WORKER,
            f'{WORKER}name = "a"\n{WORKER}name = "a"\n',
            '7: worker 2, field "name": a is the name of somebody else already; rename one',
        ),
        # what is not there, or goes nowhere
        (
            WORKER,
            f'{WORKER}queue = "jbos"\n',
            '5: worker 1, field "queue": there is no work queue "jbos"; did you mean "jobs"?',
        ),
        (
            PRODUCER,
            f'{PRODUCER}route = "job.{{n}}"\n',
            '8: producer 1, field "route": job.{n} does not lead to jobs (jobs.>)',
        ),
        (
            PRODUCER,
            f'{PRODUCER}route = "jobs.{{king}}"\n',
            '8: producer 1, field "route": nothing stands for {king}; there are {n}, {kind} and {partition}',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[faults]]\nat = 1\naction = "crash"\ntarget = "bob"\n',
            '11: fault 1, field "target": there is no worker or producer "bob"; there are: producer, worker, worker-1',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[faults]]\naction = "crash"\ntarget = "worker"\n',
            (
                f'8: fault 1: field "at" is missing; add it, a number from 0 to {_MILLION} (Seconds after the play has '
                "begun)"
            ),
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "acknowleged"\nis = 1\n',
            '9: expectation 1, field "figure": there is no figure "acknowleged"; did you mean "acknowledged"?',
        ),
        # what does not go together
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "lost"\nat_most = inf\n',
            '10: expectation 1, field "at_most": inf is not a bound that a figure could meet and miss; say a number',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "lost"\nis = nan\n',
            '10: expectation 1, field "is": nan is not a bound that a figure could meet and miss; say a number',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "published"\nof = "worker-1"\nis = 10\n',
            '10: expectation 1, field "of": there is no producer "worker-1"; there are: producer',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "idle while waiting"\nof = "producer"\nat_most = 0.1\n',
            '10: expectation 1, field "of": there is no worker "producer"; there are: worker, worker-1',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "lost"\nat_least = 3\nat_most = 1\n',
            '11: expectation 1, field "at_most": nothing is at least 3 and at most 1; swap the two',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "lost"\nat_least = -1\n',
            '10: expectation 1, field "at_least": no figure is below 0, got -1',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "efficiency"\nat_least = 50\n',
            '10: expectation 1, field "at_least": efficiency is a share, from 0 to 1; for 50 % say 0.5',
        ),
        (
            PRODUCER,
            f'{PRODUCER}[[expectations]]\nfigure = "busy"\nof = "worker"\nat_least = 2\ntimes_of = "worker"\n',
            '12: expectation 1, field "times_of": it is compared with itself, worker; name another, or none',
        ),
        (
            PRODUCER,
            f"{PRODUCER}dots = true\nmix = [{{ poison = true }}]\n",
            '8: producer 1, field "dots": a text of dots cannot say that a task fails; publish JSON instead',
        ),
        (
            WORKER,
            f'{WORKER}prior = {{ queue = "jobs" }}\n',
            '5: worker 1, field "prior": only workers on NATS look into one stream first; say on = ["nats"]',
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as caught:
        read(GOOD.replace(old, new, 1), "my.toml", "my")
    assert str(caught.value).splitlines() == [f"my.toml:{told}"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            "service = = 0.02\n",
            '5: field "service": not TOML: Invalid value: there is a second "="; leave one of the two out',
        ),
        ("count = true\n", '5: worker 1, field "count": expected a whole number from 1 to 200, not true'),
        (
            'on_failure = { action = "nak" }\n',
            (
                '5: worker 1, field "on_failure.action": expected one of "backoff", "give back", "give back later", '
                '"terminate", not "nak"; here that is called "give back"'
            ),
        ),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_those_who_write_such_files(table: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(GOOD.replace(WORKER, f"{WORKER}{table}"), "my.toml", "my")
    assert str(caught.value) == f"my.toml:{told}"


def test_what_is_done_is_found_under_the_name_that_it_has_here() -> None:
    fault = '[[faults]]\nat = 1\naction = "slowdown"\ntarget = "worker-1"\n'
    with pytest.raises(ScenarioError, match=r'not "slowdown"; here that is called "speed"$'):
        read(f"{GOOD}{fault}", "my.toml", "my")


def test_all_mistakes_of_a_file_are_told_at_once_also_those_of_one_table() -> None:
    """And none that comes of another: a field of the wrong name is not missing as well."""
    text = GOOD.replace(WORKER, f'{WORKER}prefetch = "many"\nspeed = -1\ncolour = 2\n').replace("messages", "msgs")
    text += '[[faults]]\naction = "crush"\ntarget = "worker-1"\n'
    with pytest.raises(ScenarioError) as caught:
        read(text, "my.toml", "my")
    beginnings = [
        'my.toml:5: worker 1, field "prefetch": expected ',
        'my.toml:6: worker 1, field "speed": expected a number above 0',
        'my.toml:7: worker 1, field "colour": there is no such field',
        'my.toml:10: producer 1, field "msgs": there is no such field; here that is called "messages"',
        'my.toml:11: fault 1: field "at" is missing; ',
        'my.toml:12: fault 1, field "action": expected one of ',
    ]
    said = str(caught.value).splitlines()
    assert len(said) == len(beginnings)
    assert all(line.startswith(beginning) for line, beginning in zip(said, beginnings, strict=True))


def test_the_figures_there_are_can_be_read_where_one_is_unknown() -> None:
    with pytest.raises(ScenarioError) as caught:
        read(f'{GOOD}[[expectations]]\nfigure = "speed"\nis = 1\n', "my.toml", "my")
    said = str(caught.value)
    assert said.startswith(
        'my.toml:9: expectation 1, field "figure": there is no figure "speed"; there are: acknowledged, '
    )
    assert "…" not in said


def test_a_mark_that_editors_put_before_a_text_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert read_file(file).name == "mine"


def test_who_comes_later_may_come_once_others_have_gone() -> None:
    crowd = f'{WORKER}name = "a"\ncount = 150\n[[workers]]\nname = "b"\ncount = 150\n'
    faults = '[[faults]]\nat = 1\naction = "stop"\ntarget = "a"\n[[faults]]\nat = 2\naction = "start"\ntarget = "b"\n'
    assert len(read(GOOD.replace(WORKER, crowd) + faults, "my", "my.toml").workers) == 300
