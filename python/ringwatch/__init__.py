"""Ringwatch finds, simulates and withstands coordinated manipulation of ratings.

Data frames go in (pandas, polars, Arrow, or the path of a file) and the same come
out; the work is done by the ``ringwatch`` command that this package carries.
Options are those of the command, with ``_`` for ``-``: ``detect(df, scorer="mean",
reveal_ids=True)``. What the command refuses is a :class:`RingwatchError` with the
same one line.

A ring is coordination and its effect on scores. It says nothing of who is behind an
account, and an account in no ring has not been cleared.
"""

from ._case import Case, Ring
from ._command import RingwatchError, binary, version
from ._verbs import Gate, Scores, World, detect, evaluate, explain, gate, read_case, score, simulate, sweep

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Gate",
    "Ring",
    "RingwatchError",
    "Scores",
    "World",
    "binary",
    "detect",
    "evaluate",
    "explain",
    "gate",
    "read_case",
    "score",
    "simulate",
    "sweep",
    "version",
]
