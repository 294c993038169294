"""The house at work: opening what is configured, polling it, keeping order."""
