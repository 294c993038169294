"""The only room that speaks HTTP to vendors: sessions, OAuth 2, rate limits, errors."""
