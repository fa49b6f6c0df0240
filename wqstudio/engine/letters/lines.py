"""A dead letter as a line of a table. Pure."""

from wqstudio.domain.letter import Letter, LetterLine
from wqstudio.engine.letters.bodies import preview


def line(letter: Letter) -> LetterLine:
    return LetterLine(
        id=letter.id,
        size=letter.size,
        preview="gone" if letter.lost else preview(letter.body),
        origin=letter.came_from,
        route=letter.route,
        reason=letter.reason,
        deliveries=letter.deliveries,
        consumer=letter.consumer,
        error=letter.error,
        died_at=letter.died_at,
        published_at=letter.published_at,
        death_count=letter.death_count,
        problem=letter.problem,
    )
