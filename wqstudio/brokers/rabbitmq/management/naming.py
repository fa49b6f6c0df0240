"""What queues are called where those of several virtual hosts are seen at once."""

from collections.abc import Iterable
from typing import NamedTuple

from wqstudio.brokers.pacing import paced


class Place(NamedTuple):
    """Where a thing is to be found on the broker."""

    vhost: str
    name: str


class Names:
    """Of the connection's own virtual host, the plain names; of others, with that of the virtual host before it.

    A name that is shown leads back to its place through this book alone: it cannot be taken apart, since a queue may
    be called anything, also what is shown for another one.
    """

    def __init__(self, own: str, *, all_vhosts: bool) -> None:
        self.all_vhosts = all_vhosts
        self.own = own
        self._shown: dict[Place, str] = {}
        self._places: dict[str, Place] = {}
        self._contested: dict[str, Place] = {}

    async def learn(self, places: Iterable[Place]) -> None:
        """These are all the queues there are now. One keeps its name unless another has more right to it."""
        if not self.all_vhosts:
            return
        here: set[str] = set()
        others: list[Place] = []
        async for place in paced(places):
            if place.vhost == self.own:
                here.add(place.name)
            else:
                others.append(place)
        others.sort(key=lambda place: place not in self._shown)
        shown: dict[Place, str] = {}
        found: dict[str, Place] = {}
        contested: dict[str, Place] = {}
        async for place in paced(others):
            name = self._shown.get(place) or _natural(place)
            while name in here or name in found:
                contested[name] = place
                name = f"{name} (in {place.vhost})"
            shown[place] = name
            found[name] = place
        self._shown, self._places, self._contested = shown, found, contested

    def shown(self, place: Place) -> str:
        """Also of a queue that is not there, as dead letters may be sent to."""
        if place.vhost == self.own or not self.all_vhosts:
            return place.name
        return self._shown.get(place) or _natural(place)

    def place(self, shown: str) -> Place:
        return self._places.get(shown) or Place(self.own, shown)

    def elsewhere(self, shown: str) -> Place | None:
        """The queue of another virtual host that goes, or would go, by that name. None: there is none."""
        return self._places.get(shown) or self._contested.get(shown)


def _natural(place: Place) -> str:
    return f"{place.vhost} › {place.name}"
