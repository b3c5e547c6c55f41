"""Price histories as people have them, and their volatility."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit_ssqw.finance.history.reading import read_history as read_history
    from qiskit_ssqw.finance.history.reading import read_prices as read_prices
    from qiskit_ssqw.finance.history.series import PriceHistory as PriceHistory
    from qiskit_ssqw.finance.history.volatility import realised_volatility as realised_volatility
else:
    from qiskit_ssqw._lazy import on_first_use

    __all__, __getattr__, __dir__ = on_first_use(__name__)
