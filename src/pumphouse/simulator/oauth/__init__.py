"""OAuth 2 as each vendor serves it: authorize, consent, token."""
