"""Efficiency: pure functions over numpy arrays, each with its unit, formula and source."""
