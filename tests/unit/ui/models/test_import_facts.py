from wqstudio.domain.letter import Destination, Rewriting
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.ui.models.import_facts import sections

FOUND = ImportPreview(3, ((Destination("jobs", "jobs.eu"), 3),), (), 30)


def said(found: ImportPreview) -> dict[str, list[str]]:
    return {section.title: [fact.text for fact in section.facts] for section in sections(found)}


def test_headers_that_are_kept_left_out_and_added_are_said_and_in_how_many_where_not_in_all() -> None:
    rewriting = Rewriting(
        ("Trace", "Original-Stream"),
        (("Nats-Rollup", "it would delete others"), ("Nats-Msg-Id", "it would be no other"), ("Mark", "it is past")),
        (("Wqstudio-Redrive", "(the run's)"), ("Nats-Msg-Id", "(its own)"), ("Mark", "(new)")),
        ("It is a new message.",),
        letters=3,
        kept_in=(3, 2),
        stripped_in=(1, 3, 1),
        added_in=(3, 3, 3),
    )
    found = said(ImportPreview(3, FOUND.destinations, (), 30, rewriting=rewriting))
    assert found["Headers"] == [
        "Kept: Trace, Original-Stream (in 2 of 3)",
        "Left out: Nats-Rollup (in 1 of 3) – it would delete others",
        "Replaced: Nats-Msg-Id – the old one: it would be no other",
        "Replaced: Mark (in 1 of 3) – the old one: it is past",
        "Added: Wqstudio-Redrive, Mark (in 2 of 3)",
    ]
    assert found["To know"] == ["It is a new message.", plan_words.DIED]


def test_where_none_has_a_destination_nothing_is_said_of_headers() -> None:
    assert not said(FOUND).keys() & {"Headers", "To know"}
