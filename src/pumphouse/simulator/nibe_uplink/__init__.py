"""The NIBE Uplink API v1 as a server."""
