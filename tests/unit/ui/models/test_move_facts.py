from dataclasses import replace

from wqstudio.dlq import previews
from wqstudio.domain.letter import Destination, Edit, LookCost, Rewriting
from wqstudio.domain.redrive import Action, Owner, Plan, Refusal
from wqstudio.engine.moves.previews import Preview
from wqstudio.ui.models import move_facts

JOBS, MAIL = Destination("jobs", "jobs.new"), Destination("mail", "mail")
PLAN = Plan("dead", ids=tuple(range(12)))
REWRITING = Rewriting(("A", "B"), (("CC", "it leads on"),), (("Mark", "(the run's own)"), ("mode", "2")), ("Anew.",))
PREVIEW = Preview(12, ((JOBS, 8), (MAIL, 3)), (Refusal("no subject", 1),), REWRITING, size=340, doubling="Once.")


def said(plan: Plan, preview: Preview, cost: LookCost | None = None) -> dict[str, list[str]]:
    sections = move_facts.sections(plan, preview, cost or LookCost())
    return {section.title: [fact.text for fact in section.facts] for section in sections}


def test_each_place_each_reason_to_stay_and_each_header_is_named() -> None:
    told = said(PLAN, PREVIEW)
    assert told["Where to"] == ["8 → jobs (jobs.new)", "3 → mail"]
    assert told["Stay"] == ["1: no subject"]
    assert told["Headers"] == ["Kept: A, B", "Left out: CC – it leads on", "Added: Mark, mode: 2"]
    assert told["To know"] == ["Anew."]
    assert told["If it is cut short"] == ["Once."]
    assert "340" in told["Cost"][0]
    assert move_facts.button(PLAN, PREVIEW) == "Requeue 11"


def test_what_another_run_has_half_done_stays_and_is_not_counted_as_going() -> None:
    preview = replace(PREVIEW, owners=(Owner("ab12", 2),))
    assert said(PLAN, preview)["Stay"][-1] == "2 left to run ab12, which was not finished: finish it first"
    assert move_facts.button(PLAN, preview) == "Requeue 9"
    assert move_facts.amount(replace(preview, complete=False, meant=12, homeless=())) == "at least 10"


def test_that_pointers_go_with_what_died_in_place_is_said_before() -> None:
    plan, preview = replace(PLAN, exhausted=True), replace(PREVIEW, pointers_in=("jobs_dlq",))
    sentence = "What jobs_dlq holds of pointers to them is removed from there, too."
    assert sentence in said(plan, preview)["Cost"]
    assert sentence in previews.preview(preview, plan, as_json=False)
    assert "pointers" not in previews.preview(PREVIEW, plan, as_json=False)


def test_many_places_are_counted_together() -> None:
    many = tuple((Destination(f"q{n}", f"q{n}"), 1) for n in range(9))
    assert said(PLAN, replace(PREVIEW, destinations=many))["Where to"][-1] == "4 → 4 more places"


def test_one_place_is_on_the_button_and_not_said_twice() -> None:
    plan, preview = replace(PLAN, destination=MAIL), replace(PREVIEW, destinations=((MAIL, 12),), homeless=())
    assert "Where to" not in said(plan, preview)
    assert move_facts.button(plan, preview) == "Requeue 12 to mail"


def test_what_is_not_looked_through_is_at_least_so_much() -> None:
    preview = replace(PREVIEW, complete=False)
    assert move_facts.amount(preview) == "at least 11"
    assert move_facts.button(PLAN, preview) == "Requeue all"
    assert "Only the first 12" in said(PLAN, preview)["To know"][-1]


def test_what_a_file_holds_that_is_not_there_any_more_is_said() -> None:
    sentence = "3 that the file holds are not there any more."
    assert sentence in said(replace(PLAN, exported="kept.jsonl"), replace(PREVIEW, gone=3))["To know"]
    assert sentence not in str(said(PLAN, PREVIEW))


def test_how_many_go_is_exact_where_that_is_known_though_not_all_were_looked_through() -> None:
    plan = replace(PLAN, destination=MAIL, rate=2.0)
    preview = replace(PREVIEW, complete=False, meant=20_000, homeless=())
    assert move_facts.amount(preview) == "20,000"
    assert move_facts.button(PLAN, preview) == "Requeue 20,000"
    assert "about 3\N{NARROW NO-BREAK SPACE}h" in said(plan, preview)["Cost"][1]
    assert "Only the first 12" in said(plan, preview)["To know"][-1]
    assert move_facts.amount(replace(preview, homeless=PREVIEW.homeless)) == "at least 11"


def test_what_does_not_fit_is_not_counted_as_going() -> None:
    plan, short = replace(PLAN, destination=MAIL), replace(PREVIEW, destinations=((MAIL, 12),), homeless=(), short=7)
    assert (move_facts.amount(short), move_facts.button(plan, short)) == ("5", "Requeue 5 to mail")
    some = replace(short, complete=False, meant=20_000)
    assert (move_facts.amount(some), move_facts.button(plan, some)) == ("at least 5", "Requeue what fits to mail")


def test_what_else_goes_with_pointers_is_said() -> None:
    pointers = replace(PREVIEW, pointed_in=("jobs", "mail"))
    assert said(PLAN, pointers)["Cost"][1].endswith("that they point to are removed from jobs, mail, too.")
    assert "They are pointers" in previews.preview(pointers, PLAN, as_json=False)
    assert len(said(PLAN, PREVIEW)["Cost"]) == 1


def test_what_cannot_be_undone_is_said_before() -> None:
    pointers = replace(PREVIEW, pointed_in=("jobs",))
    for plan, preview, why in (
        (PLAN, pointers, "Of pointers there is no undo: they cannot be put back."),
        (
            replace(PLAN, exhausted=True),
            PREVIEW,
            "There is no undo: no copy can be given the count of deliveries by which these died.",
        ),
    ):
        assert why in said(plan, preview)["To know"]
        assert f"  {why}" in previews.preview(preview, plan, as_json=False).splitlines()
    assert not any("undo" in sentence for sentence in said(PLAN, PREVIEW)["To know"])


def test_a_discard_says_that_it_is_for_good() -> None:
    told = said(replace(PLAN, action=Action.DISCARD), Preview(12, (), (), None, size=340))
    assert "no undo" in told["Cost"][0]
    assert list(told) == ["Cost"]


def test_an_edit_a_rate_and_what_looking_costs_are_said() -> None:
    plan = replace(PLAN, ids=None, edit=Edit(b""), rate=2.0)
    told = said(plan, PREVIEW, LookCost(("It is held.",)))
    assert "no undo" in told["To know"][0]
    assert told["Cost"][1:] == ["It takes about 6.0\N{NARROW NO-BREAK SPACE}s.", "It is held."]


def test_live_messages_come_first_and_in_red() -> None:
    first = move_facts.sections(PLAN, PREVIEW, LookCost(), live=True)[0]
    (fact,) = first.facts
    assert fact.tone == "error"
    assert "dead is not known to keep dead letters" in fact.text


def test_one_is_one_however_it_is_said() -> None:
    assert [move_facts.messages(amount) for amount in ("1", "up to 1", "at least 21")] == [
        "1 message", "up to 1 message", "at least 21 messages"
    ]  # fmt: skip
