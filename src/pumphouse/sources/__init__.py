"""Where readings come from: one folder per vendor, none knows another."""
