"""What a preview of an import says, section by section. Pure."""

from collections.abc import Iterator

from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.ui import format as fmt
from wqstudio.ui.models.move_facts import Fact, Section, going, headers, staying


def may_go(found: ImportPreview) -> int:
    """Messages that would be published, and those of which only trying tells."""
    return found.going + found.doubtful


def amount(found: ImportPreview) -> str:
    return f"up to {may_go(found):,}" if found.doubtful else f"{may_go(found):,}"


def sections(found: ImportPreview) -> list[Section]:
    """Those that have anything to say."""
    parts = [
        Section("Where to", tuple(going(found.destinations))),
        Section("Not published", tuple(staying(found.homeless))),
        Section("There before", tuple(Fact(sentence, "warning") for sentence in plan_words.published_before(found))),
        Section("Room", tuple(Fact(sentence, "warning") for sentence in found.shortage)),
        Section("Headers", tuple(headers(found.rewriting)) if found.rewriting is not None else ()),
        Section("To know", tuple(Fact(remark) for remark in _remarks(found))),
        Section("Who gets them", tuple(Fact(sentence) for sentence in found.audience)),
        Section("Cost", tuple(_cost(found))),
    ]
    return [section for section in parts if section.facts]


def _remarks(found: ImportPreview) -> Iterator[str]:
    if found.rewriting is not None:
        yield from found.rewriting.remarks
        yield plan_words.DIED


def _cost(found: ImportPreview) -> Iterator[Fact]:
    yield Fact(f"{fmt.size(found.size)} are stored where they go. The file stays as it is, and there is no undo.")
