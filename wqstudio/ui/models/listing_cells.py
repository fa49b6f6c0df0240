"""How the cells of a listing read, sort and are copied."""

from collections.abc import Callable, Sequence

from wqstudio.domain.listing import Cell, Column, Measure, Row
from wqstudio.domain.reading import Unknown
from wqstudio.ui import format as fmt

_FORMATS: dict[Measure, Callable[[float], str]] = {
    Measure.TEXT: str,
    Measure.COUNT: fmt.count,
    Measure.RATE: fmt.rate,
    Measure.BYTES: lambda value: fmt.size(round(value)),
}


def shown(cell: Cell, measure: Measure) -> str:
    match cell:
        case str():
            return cell
        case Unknown():
            return fmt.UNKNOWN
        case _:
            return _FORMATS[measure](cell)


def exact(cell: Cell) -> str:
    """For other programs: figures are not rounded and have no units."""
    return "unknown" if isinstance(cell, Unknown) else str(cell)


def tip(cell: Cell, column: Column, row: Row) -> str:
    """What a cell has to say that it may have no room for."""
    lines = [f"Unknown: {cell.reason}" if isinstance(cell, Unknown) else shown(cell, column.measure)]
    if isinstance(cell, (int, float)) and exact(cell) != lines[0]:
        lines.append(exact(cell))
    if row.queue:
        lines.append(f"Enter or a double click shows {row.queue}")
    return "\n".join(line for line in lines if line)


def is_quiet(cell: Cell) -> bool:
    return cell == 0 or isinstance(cell, Unknown)


def matches(row: Row, text: str) -> bool:
    """``text`` is case-folded; figures are not searched."""
    return any(text in cell.casefold() for cell in row.cells if isinstance(cell, str))


def in_order(rows: Sequence[tuple[str, Row]], column: int, *, descending: bool) -> list[str]:
    """Keys, sorted by the cells of ``column``; what does not apply or is unknown is last, whichever way."""
    ordered = sorted(rows, key=lambda pair: (_texts(pair[1]), pair[0]))
    missing = [key for key, row in ordered if _is_missing(row.cells[column])]
    there = [(key, row) for key, row in ordered if not _is_missing(row.cells[column])]
    there.sort(key=lambda pair: _rank(pair[1].cells[column]), reverse=descending)
    return [key for key, _ in there] + missing


def _is_missing(cell: Cell) -> bool:
    return cell == "" or isinstance(cell, Unknown)


def _rank(cell: Cell) -> tuple[float, str]:
    """Figures by value, and before words ("no limit") in the same column."""
    return (float("inf"), str(cell).casefold()) if isinstance(cell, (str, Unknown)) else (float(cell), "")


def _texts(row: Row) -> tuple[str, ...]:
    return tuple(cell.casefold() for cell in row.cells if isinstance(cell, str))
