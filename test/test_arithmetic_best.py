"""The highest and the lowest of several prices by their ranks."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator
from reference.reversible import check_circuits, integers_of, run_on_basis_states, some_laws

from qiskit_ssqw.finance import BestOf, Call, DigitalCall, Put, Straddle, WorstOf
from qiskit_ssqw.finance.arithmetic import arithmetic_encoding
from qiskit_ssqw.finance.arithmetic.reversible import greater
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.registers import Price, Register, TableSum

PAYOFFS = [
    BestOf(Call(2.0)),
    BestOf(Put(2.1)),
    BestOf(DigitalCall(2.2)),
    BestOf(Straddle(1.9)),
    WorstOf(Call(1.8)),
    WorstOf(Put(2.0)),
    3 - 2 * WorstOf(Straddle(1.9)),
    BestOf(Call(2.0)) - WorstOf(Call(2.0)),
]


def separate(sizes, rng):
    """Assets with a register each, on grids of no common spacing."""
    ends = np.cumsum([0, *sizes])
    order = rng.permutation(ends[-1])
    registers = [
        Register(
            f"asset {k}",
            tuple(order[ends[k] : ends[k + 1]].tolist()),
            np.sort(rng.uniform(1.5, 2.5, 2**size)),
        )
        for k, size in enumerate(sizes)
    ]
    return registers, [Price(TableSum.of_register(k, r.values)) for k, r in enumerate(registers)]


def with_factor(size, count, rng):
    """Assets of a common register and one of their own."""
    registers = [
        Register(f"factor {k}", tuple(range(k * size, (k + 1) * size)), np.linspace(-1, 1, 2**size))
        for k in range(count + 1)
    ]
    shares = rng.uniform(0.1, 0.3, (count, 2))
    prices = [
        Price(
            TableSum({(0,): a * registers[0].values, (k,): b * registers[k].values}, np.log(2.0)),
            is_log=True,
        )
        for k, (a, b) in enumerate(shares, 1)
    ]
    return registers, prices


def models(rng):
    return [
        separate((2, 2), rng),
        separate((3, 1, 2), rng),
        separate((1, 2, 2, 2), rng),
        with_factor(1, 2, rng),
        with_factor(2, 3, rng),
    ]


@pytest.mark.parametrize("size", range(1, 4))
def test_greater(size):
    found = np.abs(Operator(greater(size)).data)
    for a, b, flag in np.ndindex(2**size, 2**size, 2):
        held = a + (b << size)
        flipped = held + ((flag ^ (a > b)) << 2 * size)
        assert found[flipped, held + (flag << 2 * size)] == pytest.approx(1)


def test_what_is_shown_is_the_payoff(rng):
    for registers, prices in models(rng):
        integers = integers_of(registers)
        values = np.stack([price.at(integers) for price in prices], axis=1)
        laws = some_laws(registers, rng)
        columns = zip(laws, integers.T, strict=True)
        weights = np.prod([law[column] for law, column in columns], axis=0)
        for payoff in PAYOFFS:
            encoded = arithmetic_encoding(payoff, registers, prices)
            np.testing.assert_allclose(encoded.payments, payoff(values), atol=1e-12)
            for part in encoded.parts:
                assert part.amplitude(laws) == pytest.approx(weights @ part.shown, abs=1e-12)


def test_circuits(rng):
    checked = 0
    for registers, prices in (separate((1, 2), rng), separate((1, 1, 1), rng), models(rng)[3]):
        for payoff in PAYOFFS:
            for part in arithmetic_encoding(payoff, registers, prices).parts:
                if part.num_value_qubits + part.num_ancillas <= 14:
                    check_circuits(part, rng)
                    checked += 1
    assert checked > 15


def test_large_circuits_on_basis_states(rng):
    for registers, prices in (separate((6,) * 5, rng), with_factor(4, 10, rng)):
        size = sum(register.num_qubits for register in registers)
        integers = np.stack([rng.integers(len(r.values), size=60) for r in registers], axis=1)
        values = np.stack([price.at(integers) for price in prices], axis=1)
        for payoff in (BestOf(Call(2.0)), WorstOf(Put(2.0))):
            (part,) = arithmetic_encoding(payoff, registers, prices).parts
            held = np.zeros((len(integers), size + 1 + part.num_ancillas), dtype=bool)
            for place, register in enumerate(registers):
                for bit, qubit in enumerate(register.qubits):
                    held[:, qubit] = integers[:, place] >> bit & 1
            before = held.copy()
            angles = run_on_basis_states(part.circuit(), held, size)
            np.testing.assert_array_equal(held, before)
            np.testing.assert_allclose(angles, part.angles(integers), atol=1e-9)
            np.testing.assert_allclose(part.to_price(part.at(integers)), payoff(values), atol=1e-9)


def test_cost(rng):
    registers, prices = separate((4, 4, 4), rng)
    (call,) = arithmetic_encoding(BestOf(Call(2.2)), registers, prices).parts
    (digital,) = arithmetic_encoding(BestOf(DigitalCall(2.2)), registers, prices).parts
    assert digital.ranking.num_qubits == 1
    assert call.ranking.num_qubits <= 5
    assert count_two_qubit_gates(call.circuit()) <= 900


def test_too_many_points():
    registers = [Register(f"r{k}", (*range(5 * k, 5 * k + 5),), np.arange(32.0)) for k in range(3)]
    wide = Price(TableSum({(k,): registers[k].values for k in range(3)}))
    with pytest.raises(
        ValueError, match=r"on up to 4096 points each; price 1 depends on .*0, 1, 2"
    ):
        arithmetic_encoding(BestOf(Call(2.0)), registers, [wide, wide])
