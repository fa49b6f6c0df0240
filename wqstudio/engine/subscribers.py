"""Those who want to be told, kept apart from each other: one that fails does not keep the others from hearing."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from wqstudio.background import report

T = TypeVar("T")

Unsubscribe = Callable[[], None]


class Subscribers(Generic[T]):
    def __init__(self, what: str) -> None:
        """``what`` they are told, for the report of one that fails."""
        self._what = what
        self._subscribers: list[Callable[[T], None]] = []

    def add(self, subscriber: Callable[[T], None]) -> Unsubscribe:
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def tell(self, news: T) -> None:
        for _ in self.telling(news):
            pass

    def telling(self, news: T) -> Iterator[None]:
        """Tell one at each step. Whoever left in between is not told any more."""
        for subscriber in tuple(self._subscribers):
            if subscriber in self._subscribers:
                self._tell_one(subscriber, news)
            yield

    def _tell_one(self, subscriber: Callable[[T], None], news: T) -> None:
        try:
            subscriber(news)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the subscriber's, and is reported
            report(error, f"a subscriber to {self._what} failed")
