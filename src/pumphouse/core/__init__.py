"""The words of the house: values, units, errors and ports. Standard library only."""
