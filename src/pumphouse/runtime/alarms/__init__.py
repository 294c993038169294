"""Alarms: the vendors' own and those of our rules, and telling people of them."""
