"""How this program is registered with Tibber, and what of its devices the consent covers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pumphouse.core.grant import Grant
from pumphouse.http.messages import Registration
from pumphouse.sources.tibber.settings import Category, TibberSettings

__all__ = ["Hosts", "hosts_of", "lacking", "registration_of"]

_SIGN_IN: Final = ("openid", "offline_access")
_OURS: Final = "data-api-"  # other scopes are about the sign-in
_HOMES: Final = "data-api-homes-read"
_METERS: Final = "data-api-meters-read"
_SCOPES: Final[Mapping[Category, str]] = {
    "vehicles": "data-api-vehicles-read",
    "chargers": "data-api-chargers-read",
    "thermostats": "data-api-thermostats-read",
    "energy_systems": "data-api-energy-systems-read",
    "inverters": "data-api-inverters-read",
}
_WHAT: Final[Mapping[str, str]] = {
    **{scope: f"no {name.replace('_', ' ')}" for name, scope in _SCOPES.items()},
    _METERS: "no live power",
    _HOMES: "no homes",
}


@dataclass(frozen=True, slots=True)
class Hosts:
    """Tibber's three services."""

    login: str = "https://thewall.tibber.com"
    data: str = "https://data-api.tibber.com"
    graphql: str = "https://api.tibber.com"


def hosts_of(settings: TibberSettings) -> Hosts:
    """Tibber's own hosts, or the test server that stands for all of them."""
    base = settings.base_url
    return Hosts() if base is None else Hosts(base, base, base)


def registration_of(source: str, settings: TibberSettings) -> Registration:
    """How this program is registered with Tibber, which wants a secret and takes a proof key too.

    Asking for a scope that the client was not made for is refused by some accounts and ignored by
    others, so only what the configuration needs is asked for; what is not granted is told when
    reading, because Tibber itself just leaves such devices out.
    """
    assert settings.client_id is not None
    assert settings.client_secret is not None
    scopes = settings.scopes or _wanted(settings)
    hosts = hosts_of(settings)
    return Registration(
        source=source,
        vendor="Tibber",
        kind="authorization_code",
        authorize_url=f"{hosts.login}/connect/authorize",
        token_url=f"{hosts.login}/connect/token",
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        redirect_uri=settings.redirect_uri,
        scopes=tuple(scopes),
        pkce=True,
        dispensable=frozenset(scopes),
    )


def _wanted(settings: TibberSettings) -> Iterable[str]:
    """The scopes that the configuration needs; Tibber wants one besides those of the sign-in."""
    categories = dict.fromkeys(_SCOPES[category] for category in settings.devices)
    meters = (_METERS,) if settings.live and not settings.by_graphql else ()
    return (*_SIGN_IN, _HOMES, *categories, *meters)


def lacking(registration: Registration, grant: Grant | None) -> Iterable[str]:
    """A sentence for each scope that is asked for but was not granted."""
    if grant is None:
        return
    for scope in registration.scopes:
        if scope.startswith(_OURS) and scope not in grant.scope:
            yield (
                f"the consent does not cover {scope}, so Tibber shows"
                f" {_WHAT.get(scope, 'nothing that it covers')}: tick it for the client at"
                " data-api.tibber.com/clients/manage, then run"
                f" `pumphouse login {registration.source}`"
            )
