"""What ``wqstudio dlq`` prints of letters and plans."""

import base64
import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from wqstudio.dlq import previews, queues_text, text
from wqstudio.dlq.looking import Counts, Seen
from wqstudio.domain.letter import Death, Destination, Letter, Rewriting
from wqstudio.domain.queue import QueueState, Setting
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.letters.rewritings import Rewritings
from wqstudio.engine.letters.sayings import merged
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.previews import Preview

ORDER = {"order": 7}


def shown(body: bytes) -> str:
    return text.whole(Seen(Letter(1, "dead", body, ()), b""), as_json=False).partition("\n\n")[2]


def test_a_long_name_is_apart_from_its_value_and_one_time_is_once() -> None:
    letter = Letter(1, "dead", b"x", (), (Setting("Stream sequence", "41"),), deaths=(Death("jobs", "rejected"),))
    told = text.whole(Seen(letter, b""), as_json=False)
    assert "Stream sequence  41" in told
    assert "rejected, once" in told


def test_the_time_of_the_first_of_several_deaths_is_not_said_to_be_the_last_ones() -> None:
    several = Letter(1, "dead", b"x", (), died_at=1e9, deaths=(Death("jobs", "expired", 3, 1e9),))
    once = replace(several, deaths=(Death("jobs", "expired", 1, 1e9), *several.deaths))
    for letter, first in ((several, True), (once, False)):
        listed = text.letters([Seen(letter, b"")], Counts(1, 1, narrowed=False), "", as_json=False)
        shown = text.whole(Seen(letter, b""), as_json=False)
        assert ("(first of 3)" in listed, "first died at" in shown) == (first, first)
        assert "first died 2001-" in shown


def test_what_is_not_known_of_a_death_leaves_no_hole() -> None:
    letter = Letter(1, "dead", b"x", (), deaths=(Death("", "rejected"), Death("jobs", "")))
    told = text.whole(Seen(letter, b""), as_json=False)
    assert "\n  died: rejected, once" in told
    assert "\n  died in jobs: for a reason that is not said, once" in told


def test_the_time_of_live_work_is_not_said_to_be_that_of_a_death() -> None:
    letter = Letter(1, "jobs", b"x", (), died_at=1e9)
    told = replace(letter, reason="rejected")
    for each, word, other in ((letter, "stored", "died"), (told, "died", "stored")):
        listed = text.letters([Seen(each, b"")], Counts(1, 1, narrowed=False, live=True), "", as_json=False)
        shown = text.whole(Seen(each, b""), as_json=False, live=True)
        assert (word in listed, other in listed) == (True, False)
        assert (f"{word} at" in shown, other in shown) == (True, False)


def test_what_may_be_counted_twice_is_said() -> None:
    pointers = replace(queue_of("jobs_dlq"), messages=3, dead_letters=True)
    exhausted = replace(queue_of("jobs"), stuck=3)
    assert queues_text.queues([pointers, exhausted], as_json=False).endswith("is counted in both.")
    assert "counted in both" not in queues_text.queues([pointers], as_json=False)


def queue_of(name: str) -> QueueState:
    return QueueState(name, "stream", 0, 0, 0, 0, 0, 0, None, 0, 0, 0)


@pytest.mark.parametrize(
    ("shown", "counts", "said"),
    [
        (3, Counts(3, 3, narrowed=False), ""),
        (3, Counts(30, 30, narrowed=False), "3 of 30; --limit shows more, --match fewer"),
        (3, Counts(30, 30, narrowed=False, reach=20), "3 of 30; --limit shows more, --match fewer"),
        (
            20,
            Counts(30, 20, narrowed=False, reach=20),
            "the first 20 of 30; no more can be looked at together; `dlq export` goes through all",
        ),
        (
            3,
            Counts(30, None, narrowed=True, reach=20),
            "the first 3 that match, of 30; there may be more, which --limit shows",
        ),
        (
            3,
            Counts(30, 5, narrowed=True, reach=20),
            "5 of the first 20 of 30 match, and the first 3 of them are shown; no more can be looked at together",
        ),
        (1, Counts(30, 1, narrowed=True), "1 of 30 matches"),
        (3, Counts(30, 12, narrowed=True), "12 of 30 match; the first 3 are shown, and --limit shows more"),
        (3, Counts(30, None, narrowed=True), "the first 3 that match, of 30; there may be more, which --limit"),
    ],
)
def test_how_many_match_and_how_many_are_shown(shown: int, counts: Counts, said: str) -> None:
    listed = [Seen(Letter(number, "dead", b"x", ()), b"") for number in range(shown)]
    _, _, after = text.letters(listed, counts, "", as_json=False).partition("\n\n")
    assert after.startswith(said)
    assert bool(after) == bool(said)


def test_a_body_is_read_as_what_it_is() -> None:
    packed = msgspec.msgpack.encode(ORDER)
    plain = json.dumps(ORDER).encode()
    for body, said in ((packed, "MessagePack"), (gzip.compress(plain), "gzip"), (base64.b64encode(plain), "base64")):
        note, _, read = shown(body).partition("\n")
        assert said in note
        assert json.loads(read) == ORDER


def test_a_large_body_is_cut_for_a_terminal_and_moves_no_cursor() -> None:
    note, _, read = shown(b"\x1b[2J" + b"a" * 1_000_000).partition("\n")
    assert "--json" in note
    assert len(read) == 65_536
    assert "\x1b" not in read


def test_places_that_only_a_subject_tells_apart_have_it_said() -> None:
    places = ((Destination("orders", "orders.eu"), 14), (Destination("orders", "orders.us"), 3))
    told = previews.preview(Preview(17, places, (), None), Plan("dead"), as_json=False)
    assert "14  to orders (orders.eu)" in told
    one = previews.preview(Preview(14, places[:1], (), None), Plan("dead"), as_json=False)
    assert "14  to orders\n" in one


def test_headers_that_not_all_letters_have_are_counted() -> None:
    found = Rewritings()
    found.add(Rewriting(("A",), (("CC", "it leads on"),), (("mode", "2"),), ("Anew.",)))
    found.add(Rewriting(("B", "A", "A"), (), (("mode", "2"),), ("Anew.",)))
    told = previews.preview(Preview(2, (), (), found.total()), Plan("dead"), as_json=False)
    assert "headers kept: A, B (in 1 of 2)" in told
    assert "header left out: CC (in 1 of 2) (it leads on)" in told
    assert "header added: mode: 2\n" in told
    assert told.count("Anew.") == 1


def test_a_header_that_is_put_in_anew_is_replaced_and_neither_left_out_nor_added() -> None:
    found = Rewriting((), (("Id", "it is taken"), ("CC", "it leads on")), (("Id", "(new)"), ("mode", "2")))
    told = previews.preview(Preview(1, (), (), found), Plan("dead"), as_json=False)
    assert "header replaced: Id: (new) (the old one: it is taken)" in told
    assert [told.count(each) for each in ("header left out: ", "header added: ", "Id")] == [1, 1, 1]


def test_sentences_that_differ_in_their_subject_alone_are_one() -> None:
    said = merged(
        [
            ("o.eu", "Programs that subscribe to o.eu hear it, too."),
            ("o.us", "Programs that subscribe to o.us hear it, too."),
            ("a", "1 consumer takes from a."),
            ("b", "1 consumer takes from b."),
        ]
    )
    assert said == (
        "Programs that subscribe to o.eu or o.us hear it, too.",
        "1 consumer takes from a.",
        "1 consumer takes from b.",
    )


def test_a_reader_who_has_had_enough_is_not_told_of_it(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-m", "wqstudio", "dlq", "journal"],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, b"")


def test_the_readme_tells_what_each_field_of_a_result_means() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    _, _, after = readme.partition("With `--json` a move ends with")
    told = set(re.findall(r"`(\w+)`", after.partition("\n\n")[0]))
    assert told == set(json.loads(text.result("a1", Plan("dead"), Progress(), "", (), as_json=True)))


def test_what_was_copied_and_stays_is_not_said_to_be_refused() -> None:
    progress = Progress(RunState.DONE, 3, 3, refused=3, kept=2)
    told = text.result("a1", Plan("dead"), progress, "", (), as_json=False)
    assert "1  refused, and left where they were" in told
    assert "2  copied, and left where they were, too" in told
    assert plan_words.ended(progress) == "done"
