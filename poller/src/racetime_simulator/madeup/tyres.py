"""Tyres of a simulated race: who starts on what, when to change, what they and the rain cost."""

import numpy as np

from racetime_simulator.madeup.cars import Cars
from racetime_simulator.madeup.circuit import Floats
from racetime_simulator.madeup.rain import Rain
from racetime_simulator.madeup.trace import Stint

COMPOUNDS = {"SOFT": (0.0, 0.072), "MEDIUM": (0.40, 0.046), "HARD": (0.78, 0.029)}
"""Lap time lost on fresh tyres, and more of it with each lap of their age."""
INTERMEDIATE = "INTERMEDIATE"
INTERMEDIATE_LOSES = (0.3, 0.04)
FUEL_SECONDS = 2.2
STOP_LAPS = 30
"""A race of fewer laps is driven on one set of tyres."""
SLICKS_IN_THE_WET, INTERMEDIATES_IN_THE_WET, INTERMEDIATES_IN_THE_DRY = 24.0, 8.0, 5.0
"""Seconds of a lap."""
CHANGE_ABOVE, CHANGE_BELOW = 0.20, 0.22
"""A track that is so wet calls for other tyres; some are braver than others."""
LAST_CHANGE_LAPS = 4
"""So near the end nobody changes tyres for the weather."""


def choose_tyres(cars: Cars, wet: bool) -> None:
    """Plan every car's race; on a wet track all start on intermediates and see."""
    random, laps = cars.random, cars.laps
    for car in range(len(cars.entries)):
        two = random.random() < 0.45
        start = "SOFT" if two or random.random() < 0.15 else "MEDIUM"
        if two:
            first = int(laps * random.uniform(0.24, 0.34))
            second = int(laps * random.uniform(0.58, 0.70))
            plan = [(first, "MEDIUM"), (second, "HARD" if random.random() < 0.6 else "MEDIUM")]
        else:
            plan = [(int(laps * random.uniform(0.38, 0.60)), "HARD")]
        cars.plans.append(plan if laps >= STOP_LAPS and not wet else [])
        cars.tyre.append(INTERMEDIATE if wet else start)
        cars.tyre_from.append(1)
        cars.tyre_age.append(int(random.choice([0, 0, 0, 3])))
        cars.stints.append(Stint(car, cars.tyre[car], 1, cars.tyre_age[-1]))


def set_pace(cars: Cars, car: int, number: int) -> None:
    """Set how fast a car can go on a lap that is dry."""
    base, wear = COMPOUNDS.get(cars.tyre[car], INTERMEDIATE_LOSES)
    age = cars.tyre_age[car] + max(0, number - cars.tyre_from[car])
    fuel = FUEL_SECONDS * (1 - number / cars.laps)
    lost = cars.strength[car] + base + wear * age + fuel + abs(cars.random.normal(0.15, 0.2))
    cars.dry_free[car] = cars.lap_seconds / (cars.lap_seconds + lost)


def free_paces(cars: Cars, rain: Rain) -> Floats:
    """Return how fast the cars can go now, on their tyres on this track."""
    between = np.array([name == INTERMEDIATE for name in cars.tyre])
    if rain.wetness == 0 and not between.any():
        return cars.dry_free.copy()
    wet, dry = rain.wetness, 1 - rain.wetness
    on_intermediates = INTERMEDIATES_IN_THE_WET * wet + INTERMEDIATES_IN_THE_DRY * dry
    lost = np.where(between, on_intermediates, SLICKS_IN_THE_WET * wet)
    free: Floats = cars.lap_seconds / (cars.lap_seconds / cars.dry_free + lost)
    return free


def plan_for_weather(cars: Cars, car: int, number: int, rain: Rain) -> None:
    """Plan a stop as a lap begins on which the tyres are the wrong ones."""
    if number > cars.laps - LAST_CHANGE_LAPS:
        return
    courage = (float(cars.reaction[car]) - 0.18) / 2
    on_intermediates = cars.tyre[car] == INTERMEDIATE
    if not on_intermediates and rain.wetness > CHANGE_ABOVE + courage:
        cars.plans[car] = [(number, INTERMEDIATE)]
    elif on_intermediates and not rain.falls and rain.wetness < CHANGE_BELOW - courage:
        cars.plans[car] = [(number, slicks_for(cars, number))]
    elif on_intermediates:
        cars.plans[car] = []


def slicks_for(cars: Cars, number: int) -> str:
    """Return the slicks that last to the end."""
    left = cars.laps - number
    return "SOFT" if left < 12 else "MEDIUM" if left < 26 else "HARD"


def plan_stop(cars: Cars, car: int, number: int) -> None:
    """Send a car to the pits at the end of a lap when its plan says so."""
    plan = cars.plans[car]
    if not plan or number < plan[0][0] or number >= cars.laps or cars.out[car]:
        return
    if cars.in_lane[car] or cars.wants_pit[car] or cars.closed:
        return
    mate = next(
        other
        for other, entry in enumerate(cars.entries)
        if other != car and entry.team_index == cars.entries[car].team_index
    )
    near = abs(float(cars.u[mate] - cars.u[car])) % cars.lap_seconds < 7
    if not (near and (cars.wants_pit[mate] or cars.in_lane[mate])):
        cars.wants_pit[car] = True


def stop_under_safety_car(cars: Cars) -> None:
    """Bring planned stops forward: they cost less now."""
    for car, plan in enumerate(cars.plans):
        lap = int(cars.lap[car]) + 1
        if plan and plan[0][0] - lap < 15 and lap - cars.tyre_from[car] > 6:
            plan[0] = (lap, plan[0][1])
            if cars.u[car] % cars.lap_seconds < 0.8 * cars.lap_seconds:
                plan_stop(cars, car, lap)


def change_tyres(cars: Cars, car: int) -> None:
    """Fit what the plan has next."""
    _, compound = cars.plans[car].pop(0)
    lap = int(np.floor((cars.u[car] + cars.lap_seconds / 2) / cars.lap_seconds)) + 1
    cars.tyre[car], cars.tyre_from[car] = compound, lap
    cars.tyre_age[car] = int(cars.random.choice([0, 0, 0, 2]))
    cars.stints.append(Stint(car, compound, lap, cars.tyre_age[car]))
    set_pace(cars, car, lap)


def change_under_red_flag(cars: Cars, car: int, rain: Rain, random: np.random.Generator) -> None:
    """Change tyres while the race stands: for what is planned, for the weather, or for new ones."""
    number = int(cars.lap[car]) + 1
    plan_for_weather(cars, car, number, rain)
    wants_new = number - cars.tyre_from[car] > 6 and random.random() < 0.5
    if not cars.plans[car] and wants_new:
        cars.plans[car] = [(number, cars.tyre[car])]
    due = cars.plans[car] and cars.plans[car][0][0] - number < 25
    if due:
        change_tyres(cars, car)
