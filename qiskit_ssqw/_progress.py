"""Progress bars."""

from __future__ import annotations

from typing import Any


def progress_bar(title: str, unit: str, total: int | None = None) -> Any:
    """A tqdm progress bar, for a terminal or a notebook.

    Raises:
        ImportError: tqdm is not installed.
    """
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError("progress=True needs tqdm: pip install 'qiskit-ssqw[plot]'") from error
    return tqdm(desc=title, unit=f" {unit}", total=total)
