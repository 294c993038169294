"""Backups: snapshots of a store in a folder that only ever gains whole files, and their way back.

A snapshot is a list of files, each cut into pieces of 16 KiB. Pieces that any snapshot has brought
are not written again. They lie in packs, which are named by the hash of their content.
"""
