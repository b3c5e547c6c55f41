"""Contract a network of small tensors, one label after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from itertools import chain
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
    rest = list(tensors)
    while gone := set(chain.from_iterable(labels for _, labels in rest)).difference(kept):
        label = min(gone, key=lambda each: _size_without(rest, each))
        having = [tensor for tensor in rest if label in tensor[1]]
        rest = [tensor for tensor in rest if label not in tensor[1]]
        rest.append(_multiplied(having, dropped={label}))
    array, labels = _multiplied(rest, dropped=())
    return np.asarray(np.einsum(array, _numbered(labels, kept), _numbered(kept, kept)))


def _size_without(tensors: Sequence[Tensor], label: int) -> float:
    """Number of entries of the product of the tensors that have a label, summed over it."""
    lengths: dict[int, int] = {}
    for array, labels in tensors:
        if label in labels:
            lengths.update(zip(labels, array.shape, strict=True))
    del lengths[label]
    return float(np.prod(list(lengths.values()), dtype=float))


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
