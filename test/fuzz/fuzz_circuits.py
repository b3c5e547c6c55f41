"""Operations that look like the package's own, for its plugins of Qiskit's compiler."""

from functools import partial

from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Gate, Parameter
from qiskit.transpiler import CouplingMap
from qiskit.transpiler.passes import HLSConfig

from fuzz.calls import LATTICE, SIMPLE, TORUS, TREE
from fuzz.fuzz_calls import DOCUMENTED, safe_repr
from fuzz.judge import judge
from fuzz.spoilers import pick
from qiskit_ssqw.circuit import (
    MultiscaleWalkGate,
    SplitStepWalkGate,
    TorusWalkGate,
    TreeWalkGate,
    WalshRYGate,
    ZeroReflectionGate,
)

NUMBERS = (float("nan"), float("inf"), -1, 0, 1, 2, 3, 0.5, 1e308, 1e18, -1e-9, 7, 10**9)
METHODS = {
    "ssqw_walk": ("default", "fourier", "line", "multiplexed", "shifts", "tree", "unary", "none"),
    "walsh_ry": ("default", "none"),
    "zero_reflection": ("default", "none"),
}
OPTIONS = ({}, {"no_such_option": 1}, {"parents": [0]}, {"parents": "x"}, {"coin": "middle"})


def fuzz_circuits(tally, rng, number):
    """Compile circuits of gates whose name is known and whose numbers are not."""
    gates = (
        SplitStepWalkGate(LATTICE),
        MultiscaleWalkGate(SIMPLE),
        TorusWalkGate(TORUS),
        TreeWalkGate(TREE),
        WalshRYGate({0: 0.1, 3: 0.2}, 2),
        ZeroReflectionGate(3, ancilla=True),
    )
    for _ in range(number):
        gate = pick(rng, gates)
        size, numbers = gate.num_qubits, list(gate.params)
        for _ in range(int(rng.integers(1, 4))):
            way = int(rng.integers(4))
            if way == 0 and numbers:
                numbers[int(rng.integers(len(numbers)))] = pick(rng, NUMBERS)
            elif way == 1:
                numbers.append(pick(rng, NUMBERS))
            elif way == 2 and numbers:
                del numbers[int(rng.integers(len(numbers)))]
            else:
                size = max(1, size + int(rng.integers(-2, 3)))
        if numbers and rng.random() < 0.1:
            numbers[int(rng.integers(len(numbers)))] = Parameter("a")
        method = pick(rng, METHODS.get(gate.name, ("default",)))
        chosen = (method, pick(rng, OPTIONS))
        what = f"{gate.name}, {size} qubits, {safe_repr(numbers)}, {chosen}"
        compiled = partial(compile_one, gate.name, size, numbers, chosen, rng.random() < 0.5)
        judge(tally, gate.name, what, compiled, DOCUMENTED)


def compile_one(name, size, numbers, chosen, on_a_line):
    """Let Qiskit compile a circuit of one gate, which has a definition of its own."""
    gate = Gate(name, size, numbers)
    definition = QuantumCircuit(size)
    definition.x(0)
    gate.definition = definition
    circuit = QuantumCircuit(size)
    circuit.append(gate, range(size))
    options = {"coupling_map": CouplingMap.from_line(max(size, 2))} if on_a_line else {}
    transpile(
        circuit,
        basis_gates=["cx", "rz", "sx", "x"],
        optimization_level=0,
        hls_config=HLSConfig(**{name: [chosen]}),
        seed_transpiler=1,
        **options,
    )
