"""Numbers of the reference instance.

Source: the qiskit-finance tutorials 03 to 07 and 10 (European call on a log-normal price) and the
option set of Stamatopoulos et al., "Option Pricing using Quantum Computers", as collected in the
project's `option_instances.json`. All option values are undiscounted unless named otherwise.
"""

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}

# The three-qubit grid: pdf rule, three standard deviations.
MU = 0.6898595093270685
SIGMA = 0.13241694217637887  # standard deviation of the logarithm
BOUNDS = (1.208607238741425, 2.813370728095958)
PROBABILITIES = (
    0.0004537374736608642,
    0.022931230057527657,
    0.1668176333869165,
    0.339775309649422,
    0.2893653136412476,
    0.13310021169749012,
    0.039223795624011924,
    0.008332768469723344,
)

CALL_STRIKE = 1.896
CALL_BLACK_SCHOLES = 0.170627
CALL_BLACK_SCHOLES_DISCOUNTED = 0.169695
# Number of qubits -> value of the call summed over the grid.
CALL_ON_GRID = {
    3: 0.16227609350087313,
    4: 0.16857137088548146,
    5: 0.16733138588131868,
    6: 0.1668577020549482,
    8: 0.16668040854737998,
    10: 0.16661672364624108,
    12: 0.16660084604660164,
}
