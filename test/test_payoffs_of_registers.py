"""Payoffs as functions of one sum of tables, against themselves at all integers."""

import numpy as np
import pytest

from qiskit_ssqw.finance import (
    Asian,
    BestOf,
    Breaches,
    Call,
    DigitalCall,
    GeometricBasket,
    Put,
)
from qiskit_ssqw.finance.registers import Price, TableSum
from qiskit_ssqw.targets.grid import mesh

SIZES = (4, 8, 2, 4)


def tables(rng, *places):
    each = {(place,): rng.normal(0, 0.3, SIZES[place]) for place in places}
    return TableSum({some: table - table.mean() for some, table in each.items()})


def assets(rng):
    """Logarithms on registers of their own."""
    return [Price(tables(rng, place) + 0.1 * place, is_log=True) for place in range(3)]


def factors(rng):
    """Logarithms of a common factor and an own one."""
    return [Price(tables(rng, 3, place), is_log=True) for place in range(3)]


def path(rng):
    steps = [tables(rng, place) for place in range(3)]
    return [Price(sum(steps[1 : time + 1], steps[0]), is_log=True) for time in range(3)]


def normal_path(rng):
    return [Price(0.4 * price.sum + 1.1) for price in path(rng)]


def joint(rng):
    """A table that two registers share, and one of the price itself."""
    return [
        Price(TableSum({(0, 1): rng.uniform(0.5, 2, SIZES[:2])})),
        Price(TableSum({(2,): rng.uniform(0.5, 2, SIZES[2])})),
        Price(TableSum({(1, 3): rng.normal(0, 0.3, (SIZES[1], SIZES[3]))}), is_log=True),
    ]


MODELS = [assets, factors, path, normal_path, joint]
PAYOFFS = [
    GeometricBasket((0.5, 1, -1), Call(0.8)),
    GeometricBasket((1, 1, 1), Put(1.5)) - 2 * GeometricBasket((1, 1, 1), Call(1.0)) + 0.5,
    Breaches(Call(1), 1.1),
    Breaches(DigitalCall(2), (1.0, 1.2, 1.1), "above") * 3,
    Breaches(Call(0), 1.1) - Breaches(Put(2), 1.1),
    Asian(Call(1.0), mean="geometric"),
]
models = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def all_integers():
    return mesh([np.arange(size) for size in SIZES]).reshape(-1, len(SIZES))


@models
@pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)
def test_is_the_payoff_of_the_prices(model, payoff, rng):
    prices, integers = model(rng), all_integers()
    found = payoff.outer_sum(prices)
    values = np.stack([price.at(integers) for price in prices], axis=1)
    expected = payoff(values)
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(found.outer(found.sum.at(integers)), expected, atol=1e-12)


@models
def test_breaches_are_counted_by_one_table_per_price(model, rng):
    prices = model(rng)
    found = Breaches(Call(1), 1.1).outer_sum(prices).sum
    assert {entry for table in found.tables.values() for entry in table.ravel()} <= {0, 1, 2, 3}
    assert set(found.tables) == {price.sum.registers for price in prices}


def test_ties_with_a_level_are_those_of_the_payoff():
    sums = TableSum({(0,): np.log([1.0, 2.0, 3.0, 4.0])})
    prices = [Price(sums, is_log=True)] * 2
    for kind, expected in (("above", [0, 2, 2, 2]), ("below", [2, 2, 0, 0])):
        found = Breaches(Call(0), 2.0, kind).outer_sum(prices)
        assert found.outer(found.sum.at(np.arange(4)[:, None])).tolist() == expected


@pytest.mark.parametrize(
    "payoff",
    [
        GeometricBasket((1, 1), Call(0.8)),
        Breaches(Call(0), (1.0, 2.0)),
        Breaches(Call(0), 1.0) + GeometricBasket((1, 1, 1), Call(1.0)),
        BestOf(Call(1.0)),
    ],
)
def test_what_is_no_function_of_one_sum(payoff, rng):
    assert payoff.outer_sum(assets(rng)) is None


def test_breaches_of_prices_on_many_registers_are_enumerated(rng):
    """Each of the last prices of a long path depends on too many integers for one table."""
    steps = [TableSum({(place,): rng.normal(0, 0.1, 4)}) for place in range(12)]
    prices = [Price(sum(steps[1 : time + 1], steps[0]), is_log=True) for time in range(12)]
    assert Breaches(Call(1), 1.1).outer_sum(prices) is None
    assert Breaches(Call(1), 1.1).outer_sum(prices[:5]) is not None
    geometric = Asian(Call(1.0), mean="geometric").outer_sum(prices)
    assert len(geometric.sum.tables) == 12


def test_prices_that_may_be_negative_have_no_geometric_mean():
    prices = [Price(TableSum({(0,): np.array([-1.0, 1.0])}))] * 2
    assert GeometricBasket((0.5, 0.5), Call(1.0)).outer_sum(prices) is None
