"""Comparisons that are played on the connection that is open, and on local brokers where a setting is about another."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wqstudio.background import cancel, spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Product

if TYPE_CHECKING:  # the window's first picture comes without an engine
    from wqstudio.engine.playing.player import Player
    from wqstudio.scenarios.comparing import Compared, Comparing, Comparison
    from wqstudio.scenarios.sittings import PlayerOn
    from wqstudio.ui.play import Play

LocalPlayer: TypeAlias = "Callable[[Product], AbstractAsyncContextManager[Player]]"
"""The one who plays on a broker that is started for it, and stopped when the context ends."""


@dataclass(frozen=True, slots=True)
class CompareAudience:
    """Who is told."""

    begun: Callable[["Comparing"], None]
    compared: Callable[["Compared"], None]
    """Whenever one more run is over."""
    ended: Callable[[str], None]
    """Nothing is played any more; why it could not be played to its end, or empty."""


class ComparePlay:
    def __init__(self, play: "Play", product: Product, audience: CompareAudience, local_player: LocalPlayer) -> None:
        """``product``: whose broker is open."""
        self._play, self._product = play, product
        self._audience, self._local_player = audience, local_player
        self._comparing: Comparing | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self, comparison: "Comparison") -> None:
        """It is played on after this returns; ``audience`` is told. Nothing is done while another is played."""
        if (self._task is None or self._task.done()) and self._play.may_lend:
            self._task = spawn(self._perform(comparison), f"comparison of {comparison.scenario.name}")

    async def stop(self) -> None:
        """In good order: return when it has ended."""
        if self._comparing is not None and self._task is not None:
            await self._comparing.finish()
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Break off what is played."""
        await cancel(self._task)

    async def _perform(self, comparison: "Comparison") -> None:
        from wqstudio.scenarios.comparing import Comparing  # noqa: PLC0415 - see above

        why_not = ""
        try:
            async with AsyncExitStack() as stack, self._play.lent(comparison.scenario):
                self._comparing = Comparing(comparison, self._players(stack), self._audience.compared)
                self._audience.begun(self._comparing)
                self._audience.compared(await self._comparing.play())
        except BrokerError as error:
            why_not = f"{comparison.scenario.title} could not be compared: {error}"
        finally:
            self._comparing = None
            self._audience.ended(why_not)

    def _players(self, stack: AsyncExitStack) -> "PlayerOn":
        """One a broker; those that were started for it end with ``stack``."""
        players: dict[Product, Player] = {}

        async def player_on(product: Product) -> "Player":
            if product not in players:
                there = product is not self._product
                players[product] = (
                    await stack.enter_async_context(self._local_player(product)) if there else self._play.player()
                )
            return players[product]

        return player_on
