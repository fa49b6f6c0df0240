"""Graphs: one file each, listed here in the order in which they are shown."""

from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.in_flight import InFlightGraph
from wqstudio.ui.graphs.rates import RatesGraph
from wqstudio.ui.graphs.redelivered import RedeliveredGraph
from wqstudio.ui.graphs.redeliveries import RedeliveriesGraph
from wqstudio.ui.graphs.waiting import WaitingGraph

GRAPHS: tuple[type[Graph], ...] = (WaitingGraph, RatesGraph, InFlightGraph, RedeliveredGraph, RedeliveriesGraph)
