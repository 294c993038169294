"""What the vendors' access tokens look like."""

import base64
import json
import secrets
from datetime import datetime

from pumphouse.simulator.oauth.grants import Mint
from pumphouse.simulator.oauth.policy import CLIENT_ID

__all__ = ["KEY_ID", "jwks", "jwt_mint", "opaque_mint"]

KEY_ID = "B1F6A5C0D2E94873"
_SUBJECT = "6d1c2f54-70f5-4d7e-9a35-8f2b6e01c9aa"
_MODULUS = secrets.token_bytes(256)


def opaque_mint(scope: tuple[str, ...], begins: datetime, ends: datetime) -> str:  # noqa: ARG001
    """NIBE Uplink: a few hundred characters without meaning, so neither scope nor times show."""
    return secrets.token_urlsafe(240)


def jwt_mint(issuer: str) -> Mint:
    """myUplink: a JSON web token whose `sub` is the user; nobody can check its signature."""

    def mint(scope: tuple[str, ...], begins: datetime, ends: datetime) -> str:
        header = {"alg": "RS256", "kid": KEY_ID, "typ": "at+jwt"}
        claims = {
            "iss": issuer,
            "nbf": int(begins.timestamp()),
            "iat": int(begins.timestamp()),
            "exp": int(ends.timestamp()),
            "aud": f"{issuer}/resources",
            "scope": list(scope),
            "client_id": CLIENT_ID,
            "sub": _SUBJECT,
            "jti": secrets.token_hex(16).upper(),
        }
        parts = (json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(256))
        return ".".join(_encode(part) for part in parts)

    return mint


def jwks() -> dict[str, object]:
    """The key set that myUplink publishes."""
    key = {"kty": "RSA", "use": "sig", "kid": KEY_ID, "alg": "RS256", "e": "AQAB"}
    return {"keys": [key | {"n": _encode(_MODULUS)}]}


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
