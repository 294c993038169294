"""Every error this program raises, in one tree; a name says who has to act.

::

    PumphouseError
    ├── UsageError              the command was called wrongly
    ├── ConfigurationError      the configuration is wrong: all problems at once
    ├── StoreError              the store cannot be used
    │   ├── StoreTooNew             written by a newer Pumphouse
    │   ├── StoreCorrupt            the file is damaged, or is no store
    │   ├── StoreFull               no room left on the disk
    │   └── StoreReadOnly           the folder or file cannot be written
    └── SourceError             a source could not be read
        ├── TransientError          nobody has to act: try again (may carry `retry_after`)
        │   ├── Unreachable             no answer: network, name, time-out, cut connection
        │   ├── RateLimited             the vendor asks to slow down
        │   ├── ServerFailure           5xx, maintenance
        │   └── BadResponse             an answer that is not what the vendor documents
        ├── PermanentError          a person has to act: polling stops until then
        │   ├── LoginRequired           the consent is missing, expired or revoked
        │   ├── CredentialsRefused      client id or secret are wrong
        │   ├── AccessDenied            scope or subscription missing
        │   ├── RequestRefused          the vendor says the request itself is wrong
        │   └── ServiceClosed           the vendor has ended the service
        └── PartialError            some devices failed; what came is kept

Messages are for people: what happened, what was expected, what to do next. They never hold a
token, a secret, an authorization code or a postal address.
"""

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "AccessDenied",
    "BadResponse",
    "ConfigurationError",
    "CredentialsRefused",
    "LoginRequired",
    "PartialError",
    "PermanentError",
    "PumphouseError",
    "RateLimited",
    "RequestRefused",
    "ServerFailure",
    "ServiceClosed",
    "SourceError",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreReadOnly",
    "StoreTooNew",
    "TransientError",
    "Unreachable",
    "UsageError",
]


class PumphouseError(Exception):
    """Root of the tree.

    Attributes:
        exit_code: what the command line ends with (`interfaces`: 2 usage, 3 configuration,
            4 login required, 5 store, 6 source unreachable, 1 anything else).
    """

    exit_code: ClassVar[int] = 1


class UsageError(PumphouseError):
    """The command was called with arguments that make no sense together."""

    exit_code = 2


class ConfigurationError(PumphouseError):
    """The configuration cannot be used.

    Attributes:
        problems: one sentence each, beginning with the TOML path it is about.
    """

    exit_code = 3

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class StoreError(PumphouseError):
    """The store cannot be opened, read or written."""

    exit_code = 5


class StoreTooNew(StoreError):
    """The store was written by a newer version, whose layout this one does not know."""


class StoreCorrupt(StoreError):
    """The file is damaged or is not a Pumphouse store."""


class StoreFull(StoreError):
    """The disk is full; what was committed before is safe."""


class StoreReadOnly(StoreError):
    """The store's folder or file cannot be written by this user."""


class SourceError(PumphouseError):
    """A source could not be read or written."""

    exit_code = 6


class TransientError(SourceError):
    """It may work next time.

    Attributes:
        LONGEST_WAIT_SECS: who asks to be left alone for longer is not believed.
        retry_after: seconds to wait, where the other side said so.
    """

    LONGEST_WAIT_SECS: ClassVar[float] = 86400.0

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = None if retry_after is None else min(retry_after, self.LONGEST_WAIT_SECS)


class Unreachable(TransientError):
    """No complete answer came: name, network, time-out or a cut connection."""


class RateLimited(TransientError):
    """The vendor asks to slow down."""


class ServerFailure(TransientError):
    """The vendor's server failed or is under maintenance."""


class BadResponse(TransientError):
    """The answer is not what the vendor documents, for example HTML instead of JSON."""


class PermanentError(SourceError):
    """It will not work until a person acts."""


class LoginRequired(PermanentError):
    """The user's consent is missing, has expired or was revoked; the message says what to type."""

    exit_code = 4


class CredentialsRefused(PermanentError):
    """The vendor does not accept the client id or the client secret."""

    exit_code = 4


class AccessDenied(PermanentError):
    """The grant does not cover this: a scope or a paid subscription is missing."""


class RequestRefused(PermanentError):
    """The vendor refuses the request itself.

    Attributes:
        code: the vendor's own error number, where there is one.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ServiceClosed(PermanentError):
    """The vendor has ended this service."""


class PartialError(SourceError):
    """Some devices could not be read; the rest was kept.

    Attributes:
        causes: the errors of the parts that failed.
    """

    def __init__(self, message: str, causes: Sequence[SourceError]) -> None:
        super().__init__(message)
        self.causes = tuple(causes)
