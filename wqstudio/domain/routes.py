"""Routes along which tasks are published, as scenarios write them for every broker, and the patterns they come by."""

NUMBER, KIND, PARTITION = "{n}", "{kind}", "{partition}"
"""What stands for a word that is known only once a task is there."""


def leads(route: str, pattern: str) -> bool:
    """Whether what is published along ``route`` comes by ``pattern``, as far as can be known before it is.

    In a pattern ``*`` stands for a word and ``>`` at the end for all that follow.
    """
    words, wanted = route.split("."), pattern.split(".")
    if wanted[-1] == ">":
        if len(words) < len(wanted):
            return False
        wanted = wanted[:-1]
        words = words[: len(wanted)]
    return len(words) == len(wanted) and all(
        its in {"*", word} or any(mark in word for mark in (NUMBER, KIND, PARTITION))
        for word, its in zip(words, wanted, strict=True)
    )
