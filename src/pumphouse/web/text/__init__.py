"""Every text of the pages in one place, ready for translation.

One TOML file per language; a key is the path to its text, for example `now.title`. A text may hold
places, `{name}`, and may come in two forms, `one` and `other`, chosen by the number `n`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["Texts", "texts"]

_ONE: Final = "one"
_OTHER: Final = "other"


class Texts:
    """The texts of one language; call it with a key.

    Attributes:
        language: as in the `lang` attribute of a page.
    """

    def __init__(self, language: str, table: Mapping[str, object]) -> None:
        self.language = language
        self._texts = dict(_flat(table))

    @property
    def keys(self) -> frozenset[str]:
        """Every key, the forms of number not counted apart."""
        counted = {
            key.removesuffix(f".{_ONE}")
            for key in self._texts
            if key.endswith(f".{_ONE}") and f"{key.removesuffix(_ONE)}{_OTHER}" in self._texts
        }
        forms = {f"{key}.{form}" for key in counted for form in (_ONE, _OTHER)}
        return frozenset(self._texts.keys() - forms | counted)

    def __contains__(self, key: str) -> bool:
        return key in self.keys

    def __call__(self, key: str, **places: object) -> str:
        """The text of `key` with its places filled in.

        Raises:
            KeyError: there is no such text, or a place was left open.
        """
        text = self._texts.get(key)
        if text is None:
            form = _ONE if places["n"] == 1 else _OTHER
            text = self._texts[f"{key}.{form}"]
        return text.format(**places) if places else text


def _flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found


@cache
def texts(language: str = "en") -> Texts:
    """The texts of `language`; the file is read once."""
    source = files("pumphouse.web.text").joinpath(f"{language}.toml").read_text("utf-8")
    return Texts(language, tomllib.loads(source))
