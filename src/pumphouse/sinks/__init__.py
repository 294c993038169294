"""Where readings go: one room per kind of receiver; none knows another."""
