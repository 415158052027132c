"""A made-up race: circuit, field, simulation and the rows that come of it."""
