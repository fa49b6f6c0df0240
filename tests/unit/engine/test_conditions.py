import re

import pytest

from wqstudio.domain.redrive import Match
from wqstudio.engine.conditions import ConditionError, narrowed, read_line, read_terms


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("", Match()),
        ("timed out", Match(text="timed out")),
        ('"two  spaces" and', Match(text="two  spaces and")),
        ("order reason:rejected  42", Match(text="order 42", reason="rejected")),
        ('reason:"max deliveries" older:2h', Match(reason="max deliveries", older_than=7200.0)),
        ("newer:1.5m", Match(younger_than=90.0)),
        ("younger:10s", Match(younger_than=10.0)),
        (r"regex:^a\d+$", Match(regex=r"^a\d+$")),
        ('regex:"a b"', Match(regex="a b")),
        ('json:$["a b"].c=1', Match(json_path='$["a b"].c', json_value="1")),
        ('json:$.a="1"', Match(json_path="$.a", json_value='"1"')),
        ("json:$[?@.a==1]", Match(json_path="$[?@.a==1]")),
        ("json:$[?@.a>=1]", Match(json_path="$[?@.a>=1]")),
        ("json:$[?@.a[0]!=1].b=2", Match(json_path="$[?@.a[0]!=1].b", json_value="2")),
        ("json:$.token=YWJj==", Match(json_path="$.token", json_value="YWJj==")),
        ("json:$.a==1", Match(json_path="$.a=", json_value="1")),
        ('header:X-Error="no answer"', Match(header="X-Error", header_value="no answer")),
        ("subject:orders.>", Match(route="orders.>")),
        ("key:orders.new", Match(route="orders.new")),
        ("header:X-Error", Match(header="X-Error")),
        ("http://a", Match(text="http://a")),
        ("reason:", Match(text="reason:")),
        ('say "hello', Match(text='say "hello')),
    ],
)
def test_a_line_is_read_as_it_was_meant(line: str, match: Match) -> None:
    assert read_line(line) == match


def test_terms_are_taken_as_they_are() -> None:
    assert read_terms(["a b", "reason:max deliveries"]) == Match(text="a b", reason="max deliveries")


@pytest.mark.parametrize(
    "line", ["older:soon", "reason:a reason:b", "regex:a regex:b", "newer:1h younger:2h", "older:0s older:1h"]
)
def test_what_makes_no_sense_is_told(line: str) -> None:
    with pytest.raises(ConditionError):
        read_line(line)


@pytest.mark.parametrize(
    ("term", "why"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("header:=a", "before the"),
        ("header:=", "before the"),
        ("json:=1", "before the"),
        ("json:$.a=", 'say $.a=""'),
    ],
)
def test_what_says_nothing_does_not_mean_every_letter(term: str, why: str) -> None:
    """As where a script's variable is empty."""
    with pytest.raises(ConditionError, match=re.escape(why)):
        read_terms([term])


def test_an_empty_value_can_be_meant() -> None:
    assert read_terms(['json:$.a=""', "header:X-Error="]) == Match(
        json_path="$.a", json_value='""', header="X-Error", header_value=""
    )


def test_a_line_is_narrowed_and_widened_again() -> None:
    line = narrowed("order reason:expired", "reason", "max deliveries")
    assert line == 'order reason:"max deliveries"'
    assert narrowed(line, "reason", "max deliveries") == "order"
    assert narrowed("", "origin", "jobs") == "origin:jobs"
