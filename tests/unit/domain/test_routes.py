import pytest

from wqstudio.domain.routes import leads


@pytest.mark.parametrize(
    ("route", "pattern", "expected"),
    [
        ("jobs.a", "jobs.a", True),
        ("jobs.a", "jobs.*", True),
        ("jobs.a", "jobs.>", True),
        ("jobs.a.b", "jobs.*", False),
        ("jobs.a.b", "jobs.>", True),
        ("jobs", "jobs.>", False),
        ("jobs.a", "jobs.*.b", False),
        ("jobs.a", "jobs.b", False),
        ("jobs.{kind}", "jobs.email", True),
        ("jobs.{n}", "jobs.*", True),
        ("{kind}.a", "jobs.b", False),
        ("jobs.a.b", "jobs.*.>", True),
        ("jobs.a", "jobs.*.>", False),
    ],
)
def test_a_route_leads_where_its_pattern_is_met(route: str, pattern: str, *, expected: bool) -> None:
    assert leads(route, pattern) is expected
