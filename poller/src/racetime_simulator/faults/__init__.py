"""Misbehaviour on request: `catalogue.FAULTS` is the table of all of it.

A fault strikes answers (some requests, by chance, or all of them throughout its window), tokens,
rows (which come late, wrong or never), the schedule, or the push feed. What strikes by chance is
decided by the seed, the fault's name and the number of the request or row, so faults do not
disturb each other's chances; what lasts is decided by the race's time alone. Underneath the truth
stays: turn a fault off and whole tables are right again, but for what the fault `loses`.
"""

from racetime_simulator.faults.catalogue import FAULTS, LOSSY, RECOVERABLE, Fault
from racetime_simulator.faults.faults import Faults
from racetime_simulator.faults.window import Order, Window, read_orders

__all__ = [
    "FAULTS",
    "LOSSY",
    "RECOVERABLE",
    "Fault",
    "Faults",
    "Order",
    "Window",
    "read_orders",
]
