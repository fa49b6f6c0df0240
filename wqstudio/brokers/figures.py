"""Durations, sizes and limits of a configuration, exactly rather than roughly."""

NO_LIMIT = "no limit"

_SECOND = 1_000_000_000
_UNITS = ((86_400 * _SECOND, "d"), (3_600 * _SECOND, "h"), (60 * _SECOND, "min"), (_SECOND, "s"))
_SMALL_UNITS = ((1_000_000, "ms"), (1_000, "µs"), (1, "ns"))


def duration(nanoseconds: int) -> str:
    """Exact, in the units it takes: 2 min, 1 h 30 min, 250 ms."""
    if nanoseconds < 0:
        return NO_LIMIT
    parts: list[str] = []
    for unit, name in _UNITS:
        whole, nanoseconds = divmod(nanoseconds, unit)
        if whole:
            parts.append(f"{whole:,} {name}")
    for unit, name in _SMALL_UNITS:
        if nanoseconds >= unit:
            parts.append(f"{nanoseconds / unit:.4g} {name}")
            break
    return " ".join(parts) or "0 s"


def size(count: int) -> str:
    """In powers of 1,024, as the nats tool shows sizes; exact bytes below 1 KiB."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{value:.4g} {unit}"
        value /= 1024
    return f"{value:,.4g} TiB"


def limit(value: int) -> str:
    return f"{value:,}" if value >= 0 else NO_LIMIT


def size_limit(value: int) -> str:
    return size(value) if value >= 0 else NO_LIMIT
