"""Payoffs of paths by running sums and flags: what they show, their circuits, their errors."""

from dataclasses import replace

import numpy as np
import pytest
from qiskit.quantum_info import Operator
from reference.reversible import check_circuits, integers_of, run_on_basis_states, some_laws

from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    Call,
    DigitalCall,
    Last,
    Put,
)
from qiskit_ssqw.finance.arithmetic import RunningSum, arithmetic_encoding
from qiskit_ssqw.finance.arithmetic.reversible import adder
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.registers import Price, Register, TableSum

SPOT = 2.0


def path(sizes, *, low=-0.32, spacing=0.2, drift=0.013, is_log=True, shuffled=None):
    """Registers of a path of equidistant increments, and its prices; sizes in qubits."""
    total = sum(sizes)
    order = np.arange(total) if shuffled is None else shuffled.permutation(total)
    ends = total - np.cumsum([0, *sizes])
    tables = [low + drift + spacing * np.arange(2**size) for size in sizes]
    registers = [
        Register(
            f"step {time}", tuple(order[ends[time] : ends[time - 1]].tolist()), tables[time - 1]
        )
        for time in range(1, len(sizes) + 1)
    ]
    start = np.log(SPOT) if is_log else SPOT
    prices = [
        Price(TableSum({(s,): tables[s] for s in range(time)}, start), is_log=is_log)
        for time in range(1, len(sizes) + 1)
    ]
    return registers, prices


def paths_of(registers, prices):
    integers = integers_of(registers)
    return np.stack([price.at(integers) for price in prices], axis=1)


def contracts(num_times):
    coupons = 0.1 * np.arange(1, num_times + 1)
    return [
        Barrier(Call(1.9), 2.5, "up-and-out"),
        Barrier(Call(1.9), 2.3, "up-and-in"),
        Barrier(Put(2.2), 1.7, "down-and-out"),
        Barrier(Put(2.2), 1.6, "down-and-in"),
        Barrier(Last(DigitalCall(2.0)), 2.9, "up-and-out"),
        Barrier(Barrier(Call(1.9), 3.0, "up-and-out"), 1.7, "down-and-out"),
        Autocallable(2.3, coupons, Call(1.7)),
        Autocallable(
            np.linspace(2.4, 2.1, num_times),
            coupons[::-1],
            Barrier(-1 * Put(2.0), 1.6, "down-and-in"),
        ),
        5 - 2 * Barrier(Call(1.9), 2.5, "up-and-out") + Autocallable(2.2, coupons, Put(2.0)),
    ]


@pytest.mark.parametrize("size", range(2, 5))
def test_adder(size):
    for zeros in range(size):
        found = np.abs(Operator(adder(size, zeros)).data)
        for addend, total in np.ndindex(2 ** (size - zeros), 2**size):
            given = addend + (total << size)
            assert found[addend + ((addend + total) % 2**size << size), given] == pytest.approx(1)


@pytest.mark.parametrize("is_log", [True, False])
@pytest.mark.parametrize("sizes", [(3, 3), (2, 2, 2), (1, 1, 1, 1, 1), (2, 3, 1), (3, 3, 3)])
def test_what_flags_show_is_the_payoff(sizes, is_log, rng):
    registers, prices = path(sizes, is_log=is_log, shuffled=rng, drift=rng.uniform(-0.05, 0.05))
    paths = paths_of(registers, prices)
    for payoff in contracts(len(sizes)):
        encoded = arithmetic_encoding(payoff, registers, prices)
        assert encoded.kind == "arithmetic"
        np.testing.assert_allclose(encoded.payments, payoff(paths), atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3, 1)])
def test_levels_at_grid_points_and_beyond_the_grid(sizes, rng):
    registers, prices = path(sizes, low=-0.4, drift=0.0)
    paths = paths_of(registers, prices)
    # 2, and 2 exp(0.2), are on the lattice but for rounding.
    for level in (SPOT, SPOT * np.exp(0.2), 0.01, 100.0, paths.max(), paths.min()):
        for kind in ("up-and-out", "up-and-in", "down-and-out", "down-and-in"):
            payoff = Barrier(Call(1.9), level, kind)
            encoded = arithmetic_encoding(payoff, registers, prices)
            np.testing.assert_allclose(encoded.payments, payoff(paths), atol=1e-12)
        note = Autocallable(level, (0.1, 0.3, 0.2), Put(2.0))
        encoded = arithmetic_encoding(note, registers, prices)
        np.testing.assert_allclose(encoded.payments, note(paths), atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 2), (1, 1, 1), (1, 2, 1)])
def test_circuits(sizes, rng):
    registers, prices = path(sizes, shuffled=rng)
    laws = some_laws(registers, rng)
    for payoff in [*contracts(len(sizes)), Asian(Call(2.0))]:
        encoded = arithmetic_encoding(payoff, registers, prices, laws=laws)
        for part in encoded.parts[:2]:
            if part.num_value_qubits + part.num_ancillas <= 14:
                check_circuits(part, rng)


@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 1, 2), (3, 3, 3)])
def test_amplitudes_of_independent_registers(sizes, rng):
    registers, prices = path(sizes, shuffled=rng)
    laws, integers = some_laws(registers, rng), integers_of(registers)
    weights = np.prod([law[column] for law, column in zip(laws, integers.T, strict=True)], axis=0)
    assert weights.sum() == pytest.approx(1)
    for payoff in [*contracts(len(sizes)), Asian(Call(2.0))]:
        encoded = arithmetic_encoding(payoff, registers, prices, laws=laws)
        for part in encoded.parts:
            assert part.amplitude(laws) == pytest.approx(weights @ part.shown, abs=1e-12)


@pytest.mark.parametrize("mean_payoff", [Call(2.0), Put(2.1)])
def test_asian_series(mean_payoff, rng):
    registers, prices = path((3, 3, 3), low=-0.12, spacing=0.04)
    laws = [np.array([1, 3, 6, 8, 8, 6, 3, 1]) / 36] * 3
    paths, payoff = paths_of(registers, prices), Asian(mean_payoff)
    weights = np.multiply.outer(np.multiply.outer(*laws[:2]), laws[2]).ravel()
    for tolerance in (1e-2, 2e-3):
        encoded = arithmetic_encoding(payoff, registers, prices, laws=laws, tolerance=tolerance)
        exact = payoff(paths)
        error = weights @ np.abs(encoded.payments - exact)
        assert error <= 1.2 * tolerance * np.ptp(exact)  # of sampled paths
        by_parts = encoded.constant + sum(p.to_price(p.amplitude(laws)) for p in encoded.parts)
        assert by_parts == pytest.approx(weights @ encoded.payments, abs=1e-12)
        assert abs(by_parts - weights @ exact) < 0.1 * tolerance * np.ptp(exact)


@pytest.mark.parametrize(
    ("num_times", "size"), [(12, 4), pytest.param(60, 3, marks=pytest.mark.deep), (24, 1)]
)
def test_large_circuits_on_basis_states(num_times, size, rng):
    spacing = 0.8 / 2**size / np.sqrt(num_times) * 2
    registers, prices = path(
        [size] * num_times, low=-spacing * (2**size - 1) / 2, spacing=spacing, drift=0.001
    )
    laws, integers = some_laws(registers, rng), rng.integers(2**size, size=(50, num_times))
    bits = integers[:, ::-1, None] >> np.arange(size) & 1  # the last step has the lowest qubits
    values = bits.reshape(len(bits), -1).astype(bool)
    paths = np.stack([price.at(integers) for price in prices], axis=1)
    for payoff in [*contracts(num_times)[1:8:3], Asian(Call(2.0))]:
        encoded = arithmetic_encoding(payoff, registers, prices, laws=laws)
        part = encoded.parts[0]
        held = np.zeros((len(bits), values.shape[1] + 1 + part.num_ancillas), dtype=bool)
        held[:, : values.shape[1]] = values
        before = held.copy()
        for circuit, factor in ((part.circuit(), 1), (part.reflection(), 2)):
            if factor == 2:
                circuit.data.pop()  # its Z
            angles = run_on_basis_states(circuit, held, part.num_value_qubits)
            np.testing.assert_array_equal(held, before)
            np.testing.assert_allclose(angles, factor * part.angles(integers), atol=1e-9)
        if not isinstance(payoff, Asian):
            np.testing.assert_allclose(part.to_price(part.at(integers)), payoff(paths), atol=1e-9)


def test_cost():
    assert count_two_qubit_gates(adder(7, 4)) == 51
    registers, prices = path([3] * 12, low=-0.3, spacing=0.1)
    (part,) = arithmetic_encoding(Barrier(Call(1.9), 2.6), registers, prices).parts
    assert part.num_value_qubits + 1 + part.num_ancillas <= 60
    assert count_two_qubit_gates(part.circuit()) == count_two_qubit_gates(part.reflection())
    assert count_two_qubit_gates(part.circuit()) <= 2000


def test_certain_payments_are_a_constant():
    registers, prices = path((2, 2, 2))
    encoded = arithmetic_encoding(3 + Barrier(Call(1.9), 100.0, "up-and-in"), registers, prices)
    assert (encoded.constant, encoded.parts) == (3.0, ())


def test_other_payoffs_are_left_to_others():
    registers, prices = path((2, 2, 2))
    for payoff in (
        Asian(Call(2.0), mean="geometric"),
        Barrier(Asian(Call(2.0)), 2.5),
        Barrier(Autocallable(2.5, (0.1, 0.2, 0.3), Put(2.0)), 1.5, "down-and-out"),
    ):
        assert arithmetic_encoding(payoff, registers, prices) is None


def test_bad_input():
    registers, prices = path((2, 2, 2))
    barrier = Barrier(Call(1.9), 2.5)
    uneven = [
        replace(price, sum=TableSum({p: t**3 for p, t in price.sum.tables.items()}))
        for price in prices
    ]
    with pytest.raises(ValueError, match=r'equidistant tables of one spacing .*points="centre"'):
        arithmetic_encoding(barrier, registers, uneven)
    down = [
        replace(price, sum=TableSum({p: t[::-1] for p, t in price.sum.tables.items()}))
        for price in prices
    ]
    with pytest.raises(ValueError, match="ascending, equidistant tables"):
        arithmetic_encoding(barrier, registers, down)
    with pytest.raises(ValueError, match=r"price 1 depends on the tables \[\(0,\), \(1,\)\]"):
        arithmetic_encoding(barrier, registers, prices[1:])
    with pytest.raises(ValueError, match="at least one price"):
        RunningSum.of(registers, [])
    with pytest.raises(ValueError, match="takes 2 prices, got 3 times"):
        arithmetic_encoding(Autocallable(2.5, (0.1, 0.2), Put(2.0)), registers, prices)
    with pytest.raises(ValueError, match="give laws"):
        arithmetic_encoding(Asian(Call(2.0)), registers, prices)
    with pytest.raises(ValueError, match="law of register 'step 1' must have 4 probabilities"):
        arithmetic_encoding(Asian(Call(2.0)), registers, prices, laws=[np.ones(2) / 2] * 3)
    with pytest.raises(ValueError, match="laws must be 3 or more, got 1"):
        arithmetic_encoding(Asian(Call(2.0)), registers, prices, laws=[np.ones(4) / 4])
    wide, many = path([3] * 8)
    (part,) = arithmetic_encoding(barrier, wide, many).parts
    with pytest.raises(ValueError, match="up to 20 qubits, got 24"):
        part.shown  # noqa: B018
