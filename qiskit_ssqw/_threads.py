"""Linear algebra on one thread."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

_LOCK = Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let NumPy's and SciPy's linear algebra run on one thread of the processor.

    The matrices of a fit are small: threads take longer to meet than to multiply, and each number
    of them rounds otherwise. The limit holds for the process, so of uses that overlap only the
    first one sets it, and takes it back: two that restore what they found could leave it behind.
    """
    if not _LOCK.acquire(blocking=False):
        yield
        return
    try:
        with _libraries("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas"):
            yield
    finally:
        _LOCK.release()


@cache
def _libraries(with_scipy: bool) -> Any:
    """The libraries that are loaded, looked up again once SciPy has brought its own."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
