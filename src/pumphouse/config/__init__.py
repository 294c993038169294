"""What the user writes: settings, where they come from, secrets and the sample file."""
