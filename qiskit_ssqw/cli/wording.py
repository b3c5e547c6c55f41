"""Sentences of the package in the words of the command line."""

from __future__ import annotations

import re

_ARGUMENT = re.compile(r'\b(align|encoding|grid|max_seconds)="?([\w.]+\w)"?')


def with_options(text: str) -> str:
    """Arguments of a call as options, such as ``--grid log`` for ``grid="log"``."""
    return _ARGUMENT.sub(lambda found: f"--{found[1].replace('_', '-')} {found[2]}", text)
