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

# The three targets of Zoufal, Lucchi and Woerner (qGAN, arXiv 1904.00043) on three qubits: samples
# rounded to integers and truncated to [0, 7], here the exact probabilities.
QGAN_TARGETS = {
    "log-normal": (
        0.053512184939868625,
        0.27323580149070464,
        0.22554288249424312,
        0.1575650801576045,
        0.11021370086670947,
        0.07884731506223984,
        0.057786684599079596,
        0.0432963503895502,
    ),
    "triangular": (
        0.017857142857142856,
        0.14285714285714285,
        0.2607142857142858,
        0.22857142857142854,
        0.17142857142857149,
        0.11428571428571421,
        0.05714285714285716,
        0.0071428571428571175,
    ),
    "bimodal": (
        0.18537796780541668,
        0.18539516679475637,
        0.0861455102464716,
        0.27080757312468784,
        0.25990140948007806,
        0.012355016813226613,
        1.7354664463448788e-05,
        1.0708993380103987e-09,
    ),
}
