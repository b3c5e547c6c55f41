"""What all adapters share: read a request, build the circuit, write the answer.

An adapter is a script that calls ``serve(build)``. It is started in its peer's environment as
``python ADAPTER REQUEST ANSWER`` with two JSON files. The request holds ``amplitudes``,
``setting`` (keyword arguments of ``build``), ``distribution`` (the package whose version is
reported), ``memory_mib``, and ``seconds`` of processor time, imports included.
``build(amplitudes, **setting)`` returns a Qiskit circuit or OpenQASM 2 text, amplitude ``x``
belonging to the little-endian integer ``x``.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

TRIES = 5


def flat(circuit: Any) -> str:
    """OpenQASM 2 of the circuit in CX and one-qubit gates, not optimised."""
    if isinstance(circuit, str):
        return circuit
    from qiskit import QuantumCircuit, qasm2, transpile

    basis = transpile(circuit, basis_gates=["u3", "cx"], optimization_level=0, seed_transpiler=0)
    plain = QuantumCircuit(basis.num_qubits)  # a register called "x" is no OpenQASM 2
    return str(qasm2.dumps(plain.compose(basis, plain.qubits)))


def timed(build: Callable[..., Any], amplitudes: np.ndarray, setting: dict[str, Any]) -> Any:
    """OpenQASM 2 and seconds of processor time, which do not depend on what else runs.

    A quick build is done twice, so that first calls are not timed.
    """
    for _ in range(2):
        started = time.process_time()
        text = flat(build(amplitudes, **setting))
        seconds = time.process_time() - started
        if seconds > 1:
            break
    return text, seconds


def answer(build: Callable[..., Any], request: dict[str, Any]) -> dict[str, Any]:
    """The circuit, or how the peer failed at every try.

    Some peers fail or not by the last digit of the amplitudes. After the first try these are
    changed by about 1e-15 of themselves.
    """
    np.random.seed(0)  # noqa: NPY002 - peers complete unitaries with NumPy's global generator
    amplitudes, rng = np.array(request["amplitudes"]), np.random.default_rng(0)
    for number in range(1, TRIES + 1):
        try:
            text, seconds = timed(build, amplitudes, request["setting"])
        except Exception as error:  # whatever a peer raises becomes a row of the table
            result = {"failure": f"{type(error).__name__}: {error}", "tries": number}
        else:
            return {"qasm": text, "build_seconds": seconds, "tries": number}
        amplitudes = amplitudes * (1 + 1e-15 * rng.normal(size=amplitudes.size))
        amplitudes /= np.linalg.norm(amplitudes)
    return result


def peak_mib() -> float | None:
    """Largest resident memory of this process, imports included; only Linux says."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def limit_process(kind: str, wanted: int) -> None:
    """Let this process have so much of a resource, such as ``"RLIMIT_CPU"``, or what it may have.

    Windows knows no such limits.
    """
    try:
        import resource
    except ImportError:
        return
    number = getattr(resource, kind)
    _, most = resource.getrlimit(number)
    unlimited = most == resource.RLIM_INFINITY
    resource.setrlimit(number, (wanted if unlimited else min(wanted, most), most))


def serve(build: Callable[..., Any]) -> None:
    """Answer the request named on the command line."""
    request = json.loads(Path(sys.argv[1]).read_text())
    limit_process("RLIMIT_DATA", request["memory_mib"] * 2**20)
    limit_process("RLIMIT_CPU", math.ceil(request["seconds"]))
    result = answer(build, request)
    result["peak_mib"] = peak_mib()
    result["version"] = version(request["distribution"])
    Path(sys.argv[2]).write_text(json.dumps(result))
