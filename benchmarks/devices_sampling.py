"""What errors of gates do to a price by sampling, and to the operator A of amplitude estimation.

Exact density matrices; depolarising errors of CX, and a tenth of them on other gates::

    python benchmarks/devices_sampling.py
"""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from running import run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.devices import DeviceNoise
from qiskit_ssqw.finance import Call
from qiskit_ssqw.finance.gates import BASIS
from qiskit_ssqw.finance.option_pricing import OptionPricing

PAYOFF = Call(1.896)
SIZES = (3, 5)
ERRORS = (0.001, 0.003, 0.01)


def measured(circuit: QuantumCircuit, qubits: list[int]) -> QuantumCircuit:
    """The circuit as it is run, with some qubits measured."""
    ready = transpile(circuit, basis_gates=BASIS, optimization_level=1, seed_transpiler=1)
    ready = QuantumCircuit(ready.num_qubits, len(qubits)).compose(ready)
    ready.measure(qubits, range(len(qubits)))
    return ready


def main() -> None:
    print("qubits  error of CX   sampling: CX  bias     A: CX  bias")
    for size in SIZES:
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            size, 2.0, 0.4, 0.05, 40 / 365, seed=1
        )
        application = OptionPricing(PAYOFF, model)
        (part,) = application.encoded.parts
        problem = application.to_estimation_problem()
        loader = measured(application.loader.circuit, list(range(size)))
        whole = measured(application.state_preparation, problem.objective_qubits)
        value, paid = application.loaded_value, PAYOFF(model.values)
        for error in ERRORS:
            noise = DeviceNoise.depolarising(error)
            sampled = paid @ noise.probabilities(loader)
            read = noise.probabilities(whole)[1]
            estimated = application.encoded.constant + part.to_price(float(read))
            print(
                f"{size:6}  {error:11.1%}   {loader.count_ops()['cx']:12}{sampled / value - 1:7.1%}"
                f"{whole.count_ops()['cx']:10}{estimated / value - 1:7.1%}"
            )


if __name__ == "__main__":
    run_script(main)
