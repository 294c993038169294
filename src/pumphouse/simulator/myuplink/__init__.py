"""The myUplink API v2, with the points of v3, as a server."""
