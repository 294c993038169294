"""Readings from other places: each format is a module that reads it piece by piece.

A format knows how its place writes things down; whose readings they are and what they mean is
decided in one place for all of them, `destination`.
"""
