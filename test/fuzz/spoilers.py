"""Malformed values, and ways to spoil a good one."""

import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np

NOT_A_NUMBER = (float("nan"), float("inf"), -float("inf"), np.float64("nan"), np.inf)
NO_VALUE_AT_ALL = (
    *(1j, 2 + 0j, np.complex128(1), object(), b"bytes", "nonsense", "\u2603\ud800", "1e3\x00"),
    *({"a": {"b": [None]}}, {1, 2}, Ellipsis, NotImplemented, lambda: None, int),
    *([[1], [2, 3]], [None], ["x"], [object()], [1j, 2], [float("nan")] * 2),
    *(np.array(["x", "y"]), np.array([None, 1], dtype=object), np.array("2020", "datetime64[D]")),
    *(np.full((2, 2, 2, 2), np.nan), np.array([np.inf, 0.0])),
)
POISONS = (*NOT_A_NUMBER, *NO_VALUE_AT_ALL)
"""Values that no argument can mean, but one that takes whatever there is."""

ODD_VALUES = (
    *(None, True, False, np.True_, 0, -1, 1, 2, 3, -(10**9), 10**9, 2**63, 10**400, -0.0, 0.5),
    *(1e-320, 1e308, -1e308, 1e-9, 2.0, 1.5, np.int64(-1), np.uint8(255), np.float32(0.1)),
    *(Decimal("0.1"), Decimal("NaN"), Fraction(1, 3), "", "1", "auto", "None", (), [], {}),
    *(
        [[]],
        [[[]]],
        [0],
        [1, 2],
        [2, 1],
        [-1, -1],
        [1e308] * 2,
        [True, False],
        [0.5, 0.5],
        (0, 0),
        (1, 0),
    ),
    *([[0.5, 0.5], [0.5, 0.5]], np.array(1.0), np.array([1]), np.array([]), np.zeros(3)),
    *(
        np.eye(2),
        np.ones((1, 1, 1)),
        np.zeros((0, 3)),
        range(0),
        np.ma.masked,
        range(3),
        iter([1, 2]),
        {"x": 1},
        {0: 0.1},
        [10**400],
    ),
)
"""Values that some argument may mean and others must refuse."""


def element_spoilers(rng, value):
    """``value`` with one entry changed, and whether that makes it meaningless."""
    entries = list(value)
    place = int(rng.integers(len(entries)))
    way = int(rng.integers(6))
    if way == 0 and isinstance(entries[place], (list, tuple, np.ndarray)) and len(entries[place]):
        entries[place], poisoned = element_spoilers(rng, entries[place])
        return type_like(value, entries), poisoned
    if way == 1:
        del entries[place]
        return type_like(value, entries), False
    if way == 2:
        return type_like(value, [*entries, entries[place]]), False
    if way == 3:
        return [value, value], False
    if way == 4:
        entries[place] = pick(rng, ODD_VALUES)
        return type_like(value, entries), False
    entries[place] = pick(rng, POISONS)
    spoilt = type_like(value, entries)
    return spoilt, not is_same_array(spoilt, value)


def is_same_array(spoilt, value):
    """Whether an array has taken what was to spoil it for the number that it had, as True for 1."""
    arrays = isinstance(spoilt, np.ndarray) and isinstance(value, np.ndarray)
    return arrays and spoilt.dtype == value.dtype and np.array_equal(spoilt, value)


def type_like(value, entries):
    """The entries as what they came in, if they still go in."""
    if isinstance(value, tuple):
        return tuple(entries)
    if isinstance(value, np.ndarray):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return np.array(entries)
        except (ValueError, TypeError, OverflowError):
            return entries
    return entries


def spoil_mapping(rng, value):
    """A mapping with one key or value changed."""
    spoilt = dict(value)
    key = list(spoilt)[int(rng.integers(len(spoilt)))]
    way = int(rng.integers(4))
    if way == 0:
        del spoilt[key]
    elif way == 1:
        spoilt["\u2603"] = spoilt.pop(key)
    elif way == 2:
        spoilt[key], _ = spoil(rng, spoilt[key])
    else:
        spoilt[key] = pick(rng, POISONS)
    return spoilt


def spoil(rng, value):
    """Return a spoilt value, and whether it is one that nobody can mean."""
    way = rng.random()
    if way < 0.4 and isinstance(value, (list, tuple, np.ndarray)) and not is_single(value):
        return element_spoilers(rng, value)
    if way < 0.7 and isinstance(value, dict) and value:
        return spoil_mapping(rng, value), False
    if way < 0.5 and isinstance(value, (int, float)) and abs(value) < 1e200:
        return spoil_number(rng, value), False
    if way < 0.75:
        return pick(rng, ODD_VALUES), False
    return pick(rng, POISONS), True


def is_single(value):
    """Whether there is no entry to change."""
    return (isinstance(value, np.ndarray) and value.ndim == 0) or len(value) == 0


def spoil_number(rng, value):
    """Another number, or the same one as something else."""
    others = (-value, 0 * value, value * 1e9, value * 1e-9, value + 0.5, str(value), [value])
    return pick(rng, (*others, np.array([value]), np.array(value), value + 0j, {value}, 10**9))


def pick(rng, values):
    """One of the values."""
    return values[int(rng.integers(len(values)))]
