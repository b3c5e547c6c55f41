"""Contract a network of small tensors, one label after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensor = tuple[NDArray[Any], tuple[int, ...]]
"""An array and the label of each axis."""


def contract(tensors: Iterable[Tensor], kept: Sequence[int]) -> NDArray[Any]:
    """Multiply tensors, and sum over all labels but some.

    Each time the label goes whose tensors together are smallest once it is gone. Unlike paths of
    pairs this never multiplies the tensors that a factor shares before they have lost the labels
    of their own.

    Args:
        tensors: The tensors; any number of them may share a label.
        kept: Labels of the result's axes.
    """
    having: dict[int, list[Tensor]] = {}
    scalars: list[Tensor] = [(np.ones(()), ())]

    def add(tensor: Tensor) -> None:
        if not tensor[1]:
            scalars.append(tensor)
        for label in tensor[1]:
            having.setdefault(label, []).append(tensor)

    for tensor in tensors:
        add(tensor)
    gone = {label for label in having if label not in kept}
    while gone:
        label = min(gone, key=lambda each: _size_without(having[each], each))
        gone.remove(label)
        together = having.pop(label)
        for tensor in together:
            for other in set(tensor[1]) - {label}:
                having[other] = [each for each in having[other] if each is not tensor]
        add(_multiplied(together, dropped={label}))
    left = {id(tensor): tensor for tensors in having.values() for tensor in tensors}
    array, labels = _multiplied([*scalars, *left.values()], dropped=())
    return np.asarray(np.einsum(array, _numbered(labels, kept), _numbered(kept, kept)))


def _size_without(tensors: Sequence[Tensor], label: int) -> int:
    """Number of entries of the product of the tensors that have a label, summed over it."""
    lengths = {
        other: n for array, labels in tensors for other, n in zip(labels, array.shape, strict=True)
    }
    del lengths[label]
    return prod(lengths.values())


def _multiplied(tensors: Sequence[Tensor], dropped: Collection[int]) -> Tensor:
    """The product of tensors, summed over some labels."""
    *firsts, last = tensors
    if not firsts:
        return _pair(last, (np.ones(()), ()), dropped)
    before = reduce(lambda first, second: _pair(first, second, ()), firsts)
    return _pair(before, last, dropped)


def _pair(first: Tensor, second: Tensor, dropped: Collection[int]) -> Tensor:
    """The product of two tensors, summed over some labels."""
    labels = tuple(dict.fromkeys((*first[1], *second[1])))
    left = tuple(label for label in labels if label not in dropped)
    product = np.einsum(
        first[0],
        _numbered(first[1], labels),
        second[0],
        _numbered(second[1], labels),
        _numbered(left, labels),
        optimize=True,
    )
    return product, left


def _numbered(labels: Sequence[int], among: Sequence[int]) -> list[int]:
    """Labels as small numbers, which einsum asks for."""
    return [among.index(label) for label in labels]
