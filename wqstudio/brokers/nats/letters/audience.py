"""Where a copy goes beside the stream it is published to, and how it gets there. Looking changes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from wqstudio.brokers.figures import duration, size
from wqstudio.brokers.nats.jetstream import permissions
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.permissions import User
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import Origin, StreamConfig, StreamInfo
from wqstudio.brokers.nats.letters.outlet_room import Rooms, evicts, is_limited
from wqstudio.brokers.nats.letters.outlet_targets import Targets, closed, unfit
from wqstudio.brokers.nats.letters.standing import serves
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.letter import Destination, Load, NoWay, Shortage, Ways
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.subjects import covers, unpublishable

_NAMED = 5
_MAPPED = "Unless a subject mapping of the server leads it to a stream, which NATS does not tell: trying shows it."


class Audience:
    """Of one preview: what was read of the streams is not read again."""

    def __init__(self, api: JetStreamApi, client: StudioClient) -> None:
        self._api, self._client = api, client
        self._rooms = Rooms(api, client.max_payload)
        self._targets = Targets(api)
        self._streams: Reading[Mapping[str, StreamInfo]] | None = None
        self._user: Reading[User] | None = None

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        """As ``Outlet.ways``."""
        try:
            config = (await self._api.stream(queue)).config
        except UnreachableError:
            raise
        except BrokerError as error:
            return Ways(refusal=str(error))
        if refusal := unfit(config):
            return Ways(refusal=refusal)
        patterns = config.subjects or ()
        fitting = [route for route in routes if not unpublishable(route) and _takes(config, route)]
        return Ways(patterns, tuple(fitting))

    async def reached(self, destination: Destination) -> Reading[Collection[str]]:
        """As ``Outlet.reached``."""
        try:
            name = await self._api.stream_of(destination.route)
        except UnreachableError:
            raise
        except BrokerError as error:
            return Unknown(str(error))
        return (name,) if name else ()

    async def of(self, destination: Destination) -> Sequence[str]:
        """As ``Outlet.audience``."""
        route = destination.route
        try:
            name = await self._api.stream_of(route)
            if not name:
                return [await self._untaken(route)]
            config = (await self._api.stream(name)).config
            told = [await self._consumers(config, route), *_evicts(config), *_republished(config, route)]
        except UnreachableError:
            raise
        except BrokerError as error:
            return [f"Who receives {route} cannot be told: {error}"]
        told += await self._copied(name, route)
        if isinstance(await self._who_we_are(), Unknown):
            told.append(
                f"The server does not tell whether this user may publish to {route}: only trying it shows that."
            )
        return [*told, f"Programs that subscribe to {route} without JetStream hear it, too; NATS does not name them."]

    async def refusals(self, destinations: Collection[Destination]) -> Mapping[Destination, NoWay]:
        """As ``Outlet.refusals``. A subject that no stream has may be led to one by a mapping of the server, which only
        publishing shows.
        """
        found: dict[Destination, NoWay] = {}
        known: dict[str, StreamConfig] = {}
        try:
            for to in destinations:
                if why := unpublishable(to.route):
                    found[to] = NoWay(why)
                elif (config := await self._config(to.route, known)) is None:
                    found[to] = NoWay(f"{await self._untaken(to.route)} {_MAPPED}", certain=False)
                elif refusal := closed(config) or (await self._targets.refusals([to.route])).get(to.route):
                    found[to] = NoWay(refusal)
                elif not await self._may_publish(to.route):
                    found[to] = NoWay(str(errors.denied("Publishing", f'publish to "{to.route}"')))
        except UnreachableError:
            raise
        except BrokerError:
            pass  # publishing tells
        return found

    async def shortage(self, loads: Mapping[Destination, Load]) -> Sequence[Shortage]:
        """As ``Outlet.shortage``."""
        try:
            limited = await self._limited(loads)
            told = [await self._rooms.foretold(stream, by_route) for stream, by_route in limited.items()]
        except UnreachableError:
            raise
        except BrokerError as error:
            return [Shortage(f"Whether there is room for these cannot be told: {error}")]
        return [shortage for each in told for shortage in each]

    async def doubling(self, destination: Destination) -> str:
        """As ``Outlet.doubling``."""
        try:
            name = await self._api.stream_of(destination.route)
            window = (await self._api.stream(name)).config.duplicate_window if name else 0
        except UnreachableError:
            raise
        except BrokerError:
            window = 0
        if not window:
            return "A crash in the middle could leave some copies twice. They are counted; none is lost."
        return (
            f"A copy that is sent again, after a crash or by another run, is not stored a second time: {name} knows it "
            f"by its id, for {duration(window)} (its duplicate window)."
        )

    async def _limited(self, loads: Mapping[Destination, Load]) -> Mapping[str, Mapping[str, Load]]:
        """Loads by stream and route, of the streams that do not take everything."""
        found: defaultdict[str, dict[str, Load]] = defaultdict(dict)
        known: dict[str, StreamConfig] = {}
        for to, load in loads.items():
            config = None if unpublishable(to.route) else await self._config(to.route, known)
            if config is not None and is_limited(config):
                found[config.name][to.route] = load
        return found

    async def _config(self, route: str, known: dict[str, StreamConfig]) -> StreamConfig | None:
        """Of the stream that takes it, which is ``known`` from then on; None: none does."""
        config = next((each for each in known.values() if _takes(each, route)), None)
        if config is None and (name := await self._api.stream_of(route)):
            config = known[name] = (await self._api.stream(name)).config
        return config

    async def _untaken(self, route: str) -> str:
        """Of a subject that no stream takes; it may be meant as a stream's name."""
        said = f"No stream takes {route}, so nothing would be stored."
        if "." in route:
            return said
        try:
            subjects = (await self._api.stream(route)).config.subjects or ()
        except UnreachableError:
            raise
        except BrokerError:
            return said
        return f"{said} {route} is the name of a stream: {_taken_under(subjects)}"

    async def _may_publish(self, route: str) -> bool:
        """As far as the server tells."""
        user = await self._who_we_are()
        return isinstance(user, Unknown) or user.may_publish(route)

    async def _who_we_are(self) -> Reading[User]:
        if self._user is None:
            self._user = await permissions.user(self._client) or Unknown("the server does not tell")
        return self._user

    async def _consumers(self, config: StreamConfig, route: str) -> str:
        listing = await self._api.consumers(config.name, WAIT)
        names = [consumer.name for consumer in listing.items.values() if serves(consumer, route)]
        if not names:
            return f"No consumer of {config.name} takes {route} at the moment: what is put there waits."
        if len(names) == 1:
            return f"{config.name} gives them to its consumer {names[0]}."
        if config.retention == "workqueue":
            return f"{config.name} gives each of them to one of its consumers: {_some(names)}."
        return f"{config.name} gives them to each of these consumers: {_some(names)}."

    async def _copied(self, name: str, route: str) -> list[str]:
        """By streams that copy from this one."""
        if self._streams is None:
            self._streams = await self._listed()
        if isinstance(self._streams, Unknown):
            return [f"Whether other streams copy from {name} cannot be told: {self._streams.reason}"]
        copying = [each.config.name for each in self._streams.values() if _copies(each.config, name, route)]
        if not copying:
            return []
        if len(copying) == 1:
            return [f"The stream {copying[0]} copies them from {name}."]
        return [f"The streams {_some(copying)} copy them from {name}."]

    async def _listed(self) -> Reading[Mapping[str, StreamInfo]]:
        try:
            return (await self._api.streams(WAIT)).items
        except UnreachableError:
            raise
        except BrokerError as error:
            return Unknown(str(error))


def _takes(config: StreamConfig, route: str) -> bool:
    return any(covers(subject, route) for subject in config.subjects or ())


def _copies(config: StreamConfig, name: str, route: str) -> bool:
    return any(_draws(origin, name, route) for origin in _origins(config))


def _origins(config: StreamConfig) -> Iterator[Origin]:
    if config.mirror is not None:
        yield config.mirror
    yield from config.sources or ()


def _draws(origin: Origin, name: str, route: str) -> bool:
    if origin.name != name or origin.external is not None:
        return False
    filters = [transform.src for transform in origin.subject_transforms or ()] or [origin.filter_subject]
    return any(not only or covers(only, route) for only in filters)


def _evicts(config: StreamConfig) -> list[str]:
    if not evicts(config):
        return []
    limits = [
        f"{most:,} {of}"
        for most, of in ((config.max_msgs, "messages"), (config.max_msgs_per_subject, "of a subject"))
        if most > 0
    ]
    limits += [size(config.max_bytes)] if config.max_bytes > 0 else []
    keeps = f"{config.name} keeps {' and '.join(limits)} at most and deletes its oldest beyond that"
    return [f"{keeps}: a copy that does not fit is not published, and its message stays where it is."]


def _republished(config: StreamConfig, route: str) -> list[str]:
    again = config.republish
    if again is None or not covers(again.src or ">", route):
        return []
    what = "the headers of each" if again.headers_only else "each"
    return [f"{config.name} publishes {what} again on {again.dest}."]


def _taken_under(subjects: Sequence[str]) -> str:
    if not subjects:
        return "it has no subjects of its own."
    return f"its {'subject is' if len(subjects) == 1 else 'subjects are'} {_some(subjects)}."


def _some(names: Sequence[str]) -> str:
    """As many as one reads."""
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
