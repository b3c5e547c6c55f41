"""The joint distribution of registers as a network of small tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.finance.registers.network import Tensor, contract
from qiskit_ssqw.finance.registers.sums import Places, Price, TableSum

_BATCH = -1
"""Label of the axis along which several expectations are computed."""

_TINY = 1e-300
"""Means below have lost their digits."""


@dataclass(frozen=True, eq=False)
class Law:
    """Probabilities of what registers hold: a product of tensors, summed over other labels.

    Registers that one walk loads share a tensor of their joint probabilities, and others have one
    of their own. Expectations of products of functions of few registers are contractions of the
    network, whatever the number of points.
    """

    tensors: tuple[Tensor, ...]
    """Their labels are places of registers, or numbers below -1 of what is summed over besides."""
    split: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Registers that have a label for each qubit in place of their own, most significant first."""
    _marginals: dict[Places, Array] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of_groups(cls, groups: Iterable[tuple[Array, Sequence[int]]]) -> Law:
        """Make the law of independent groups.

        Args:
            groups: The joint probabilities of some registers, one axis each, and their places.
        """
        return cls(tuple((array, tuple(places)) for array, places in groups))

    def means(self, tables: Mapping[Places, NDArray[Any]]) -> list[NDArray[Any]]:
        """Expectations of products of functions of registers, as factors that are independent.

        Args:
            tables: Values by places of registers: a first axis of length ``b``, then one per
                register.

        Returns:
            Arrays of shape ``(b,)``, whose product is the expectation of the product of all.
        """
        return [
            contract([*tensors, *(self._table(tables[some], some) for some in places)], (_BATCH,))
            for tensors, places in self._components(tables)
        ]

    def mean(self, total: TableSum) -> float:
        """Expectation of a sum of tables."""
        tables = total.tables.items()
        means = [self.means({places: table[None]})[0] for places, table in tables]
        return total.constant + float(np.sum(means))

    def mean_price(self, price: Price) -> float:
        """Expectation of a price."""
        if not price.is_log:
            return self.mean(price.sum)
        return float(np.exp(self.log_moments(price.sum, np.ones(1))[0]))

    def characteristic(self, total: TableSum, frequencies: Array) -> Complex:
        """``E exp(i w S)`` of a sum of tables at each frequency ``w``, shape ``(b,)``."""
        phases = {
            places: np.exp(1j * np.multiply.outer(frequencies, table))
            for places, table in total.tables.items()
        }
        first = np.exp(1j * frequencies * total.constant)
        return np.asarray(reduce(np.multiply, self.means(phases), first))

    def log_moments(self, total: TableSum, exponents: Array) -> Array:
        """``log E exp(s S)`` of a sum of tables at each real exponent ``s``, shape ``(b,)``.

        It is infinite where floating point cannot tell.
        """
        logs = exponents * total.constant
        factors = {}
        for places, table in total.tables.items():
            powers = np.multiply.outer(exponents, table)
            largest = powers.max(axis=tuple(range(1, powers.ndim)), keepdims=True)
            logs = logs + largest.ravel()
            factors[places] = np.exp(powers - largest)
        for mean in self.means(factors):
            logs = logs + np.log(mean, out=np.full_like(mean, np.inf), where=mean > _TINY)
        return logs

    def marginal(self, places: Sequence[int]) -> Array:
        """Joint probabilities of a few registers, one axis each."""
        wanted = tuple(places)
        if wanted not in self._marginals:
            tensors = [one for part, _ in self._components([wanted]) for one in part]
            shape = self._shape(wanted)
            self._marginals[wanted] = contract(tensors, self._labels(wanted)).reshape(shape)
        return self._marginals[wanted]

    def groups(self, number: int) -> list[Places]:
        """Places of registers that depend on each other, the groups being independent.

        Args:
            number: How many registers there are.
        """
        parts = self._components([(place,) for place in range(number)])
        return [tuple(place for (place,) in places) for _, places in parts]

    def _labels(self, places: Places) -> Places:
        """Labels of registers, or of their qubits."""
        return tuple(label for place in places for label in self.split.get(place, (place,)))

    def _shape(self, places: Places) -> list[int]:
        """Number of integers of registers."""
        lengths = {
            label: length
            for array, labels in self.tensors
            for label, length in zip(labels, array.shape, strict=True)
        }
        return [prod(lengths[label] for label in self._labels((place,))) for place in places]

    def _table(self, values: NDArray[Any], places: Places) -> Tensor:
        """A batch of tables as a tensor."""
        labels = self._labels(places)
        if len(labels) > len(places):  # only qubits have labels of their own
            shape = [
                length
                for place, size in zip(places, values.shape[1:], strict=True)
                for length in ([2] * len(self.split[place]) if place in self.split else [size])
            ]
            values = values.reshape(len(values), *shape)
        return values, (_BATCH, *labels)

    def _components(self, tables: Iterable[Places]) -> list[tuple[list[Tensor], list[Places]]]:
        """Tensors and tables that share labels, directly or not, without those of no table."""
        import rustworkx as rx

        tables = list(tables)
        labelled = [self._labels(places) for places in tables]
        graph = rx.PyGraph()
        nodes: dict[int, int] = {}

        def node_of(label: int) -> int:
            if label not in nodes:
                nodes[label] = graph.add_node(label)
            return nodes[label]

        members = [*(labels for _, labels in self.tensors), *labelled]
        firsts = []
        for labels in members:
            first, *others = (node_of(label) for label in labels)
            firsts.append(first)
            graph.add_edges_from_no_data([(first, other) for other in others])
        home = {
            node: number
            for number, component in enumerate(rx.connected_components(graph))
            for node in component
        }
        found: dict[int, tuple[list[Tensor], list[Places]]] = {}
        for places, first in zip(tables, firsts[len(self.tensors) :], strict=True):
            found.setdefault(home[first], ([], []))[1].append(places)
        for tensor, first in zip(self.tensors, firsts, strict=False):
            if home[first] in found:
                found[home[first]][0].append(tensor)
        return list(found.values())
