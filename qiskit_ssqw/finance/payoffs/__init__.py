"""What contracts pay: NumPy functions of the price, of several prices, or of a path."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.payoffs.autocallable import Autocallable as Autocallable
    from qiskit_ssqw.finance.payoffs.base import Payoff as Payoff
    from qiskit_ssqw.finance.payoffs.base import Portfolio as Portfolio
    from qiskit_ssqw.finance.payoffs.breaches import Breaches as Breaches
    from qiskit_ssqw.finance.payoffs.fixed_income import PresentValue as PresentValue
    from qiskit_ssqw.finance.payoffs.function import FunctionPayoff as FunctionPayoff
    from qiskit_ssqw.finance.payoffs.greeks import gamma as gamma
    from qiskit_ssqw.finance.payoffs.greeks import rho as rho
    from qiskit_ssqw.finance.payoffs.greeks import theta as theta
    from qiskit_ssqw.finance.payoffs.greeks import vega as vega
    from qiskit_ssqw.finance.payoffs.paths import Asian as Asian
    from qiskit_ssqw.finance.payoffs.paths import Barrier as Barrier
    from qiskit_ssqw.finance.payoffs.paths import Last as Last
    from qiskit_ssqw.finance.payoffs.piecewise_linear import PiecewiseLinear as PiecewiseLinear
    from qiskit_ssqw.finance.payoffs.sensitivity import delta as delta
    from qiskit_ssqw.finance.payoffs.several import Basket as Basket
    from qiskit_ssqw.finance.payoffs.several import BestOf as BestOf
    from qiskit_ssqw.finance.payoffs.several import GeometricBasket as GeometricBasket
    from qiskit_ssqw.finance.payoffs.several import Spread as Spread
    from qiskit_ssqw.finance.payoffs.several import WorstOf as WorstOf
    from qiskit_ssqw.finance.payoffs.vanilla import BearSpread as BearSpread
    from qiskit_ssqw.finance.payoffs.vanilla import BullSpread as BullSpread
    from qiskit_ssqw.finance.payoffs.vanilla import Butterfly as Butterfly
    from qiskit_ssqw.finance.payoffs.vanilla import Call as Call
    from qiskit_ssqw.finance.payoffs.vanilla import DigitalCall as DigitalCall
    from qiskit_ssqw.finance.payoffs.vanilla import DigitalPut as DigitalPut
    from qiskit_ssqw.finance.payoffs.vanilla import Put as Put
    from qiskit_ssqw.finance.payoffs.vanilla import Straddle as Straddle
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
