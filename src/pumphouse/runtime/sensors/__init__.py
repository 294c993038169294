"""The owner's own sensors: what they say is checked, and they keep their names for ever."""
