"""Made-up teams and drivers: nobody in it exists."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Team:
    """A team: its colour, and how much slower than the best its car is."""

    name: str
    colour: str
    deficit_seconds: float


@dataclass(frozen=True)
class Entry:
    """A driver in a car."""

    number: int
    first_name: str
    last_name: str
    acronym: str
    team: Team
    team_index: int
    deficit_seconds: float


TEAMS = (
    ("Aurelion Racing", "E8B923", ((4, "Tavi", "Orrell", "ORR"), (17, "Mika", "Dravensk", "DRA"))),
    ("Halcyon GP", "1FA8E0", ((9, "Jory", "Castellan", "CAS"), (26, "Ilse", "Vandermoor", "VAN"))),
    (
        "Scuderia Vermiglia",
        "E0203A",
        ((15, "Renzo", "Altavilla", "ALT"), (61, "Nico", "Brusatti", "BRU")),
    ),
    ("Northstar", "18C29C", ((7, "Eskil", "Thorsgard", "THO"), (38, "Amadi", "Okonjwe", "OKO"))),
    ("Kitefin", "2B4FD8", ((11, "Pell", "Harrowgate", "HAR"), (52, "Soren", "Lindqvast", "LIN"))),
    (
        "Ember Motorsport",
        "FF7A1A",
        ((19, "Dario", "Quintaval", "QUI"), (73, "Yuto", "Kanzaki", "KAN")),
    ),
    (
        "Thistle & Crane",
        "7A3FC8",
        ((33, "Fergus", "Macrannoch", "MAC"), (84, "Leonie", "Sabrelle", "SAB")),
    ),
    ("Petrichor", "5B8C2A", ((21, "Bram", "Ostervelt", "OST"), (46, "Joaquim", "Ferravaz", "FER"))),
    (
        "Grand Atlas",
        "F062A8",
        ((28, "Idris", "Benhallou", "BEN"), (65, "Caio", "Montalvane", "MON")),
    ),
    ("Monolith", "A9B4C0", ((35, "Viktor", "Zelenkaro", "ZEL"), (90, "Haldor", "Ryggesen", "RYG"))),
    (
        "Sable Union",
        "8A5A3C",
        ((42, "Wren", "Penhallick", "PEN"), (99, "Tomas", "Jurikova", "JUR")),
    ),
)


def build_field(seed: int, cars: int = 22) -> tuple[Entry, ...]:
    """Return the entries with the strengths that a seed gives them; the first teams, two each."""
    random = np.random.default_rng([seed, 11])
    ladder = np.linspace(0.0, 1.9, len(TEAMS)) + random.normal(0, 0.09, len(TEAMS))
    ladder = random.permutation(ladder[:4]).tolist() + random.permutation(ladder[4:]).tolist()
    entries: list[Entry] = []
    for index, (name, colour, drivers) in enumerate(TEAMS):
        team = Team(name, colour, max(0.0, float(ladder[index])))
        for number, first, last, acronym in drivers:
            deficit = abs(float(random.normal(0.12, 0.14)))
            entries.append(Entry(number, first, last, acronym, team, index, deficit))
    return tuple(sorted(entries[:cars], key=lambda entry: entry.number))
