"""What people call the places where they keep dead letters: a hint where nothing else tells."""

import re

_DEAD = re.compile(
    r"dead(?!line)|dl[qxt](?![a-z])|fail(?!over)|poison|parking|reject|error|undeliver|graveyard", re.IGNORECASE
)


def names_dead_letters(name: str) -> bool:
    """Whether the name of a queue, or a stream, suggests that it keeps them."""
    return _DEAD.search(name) is not None
