"""Names for topics and ids: from the vendor's ids, stable, unique and without forbidden characters.

A name depends on nothing but the id it is made from, so that a second device never renames the
first. Ids that cannot be written as they are get a tag of six digits made from the whole id.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

__all__ = ["device_name", "homie_id", "object_id", "point_name"]

_PLAIN_SOURCE: Final = re.compile(r"[A-Za-z0-9_-]+")
#: no underscore: the last one of a name parts the source from the id
_PLAIN_DEVICE: Final = re.compile(r"[A-Za-z0-9-]+")
_PLAIN_POINT: Final = re.compile(r"\w+(?:/\w+)*", re.ASCII)
_OTHER: Final = re.compile(r"[^A-Za-z0-9_]+")


def device_name(source: str, device: str, chosen: Mapping[str, str] | None = None) -> str:
    """What a device is called in topics and entity ids.

    The name of its source, an underscore and the vendor's id: ``house_36563``. A name that the user
    chose has no underscore, so it is never that of another device.

    Args:
        source: the configured name of the source.
        device: the vendor's id.
        chosen: the user's own names by ``source/device``.
    """
    own = (chosen or {}).get(f"{source}/{device}")
    if own is not None:
        return own
    if _PLAIN_SOURCE.fullmatch(source) and _PLAIN_DEVICE.fullmatch(device):
        return f"{source}_{device}"
    return _tagged(f"{source}_{device}", f"{source}\0{device}")


def point_name(native_id: str) -> str:
    """What a point without a metric is called: its native id, a slash becoming a hyphen.

    ``43427`` stays, ``1/44055`` becomes ``1-44055``.
    """
    if _PLAIN_POINT.fullmatch(native_id):
        return native_id.replace("/", "-")
    return _tagged(native_id, native_id)


def object_id(text: str) -> str:
    """`text` in the letters that Home Assistant takes for ids in topics."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text)


def homie_id(text: str) -> str:
    """`text` in the letters that Homie takes for ids; an underscore becomes a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def _tagged(text: str, identity: str) -> str:
    tag = hashlib.sha256(identity.encode()).hexdigest()[:6]
    return f"{_OTHER.sub('-', text).strip('-')}-{tag}".strip("-")
