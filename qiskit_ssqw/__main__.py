"""Run the command line with ``python -m qiskit_ssqw``."""

import sys

from qiskit_ssqw.cli import main

sys.exit(main())
