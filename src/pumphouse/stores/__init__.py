"""Where readings stay."""
