"""In which language the words of a list are reduced to their stems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hyperkitty.conf import app_settings

#: ISO 639-1 codes and the names that stemmers have; not every engine has them all.
STEMMERS: Final = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
#: Words stay as they are.
NO_STEMMER: Final = ""


@dataclass(frozen=True, slots=True)
class Languages:
    """The site's language and those of lists that differ, as an index was built with.

    Codes of `STEMMERS`, or `NO_STEMMER`.
    """

    site: str = "en"
    lists: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_settings(cls) -> Languages:
        """Return what the settings say now."""
        return cls(
            app_settings.search_language,
            dict(sorted(app_settings.search_languages.items())),
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Languages:
        """Return what `to_json` gave."""
        return cls(str(stored["site"]), dict(stored["lists"]))

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain values."""
        return {"site": self.site, "lists": dict(self.lists)}

    def of_list(self, name: str) -> str:
        """Return the language of the list with posting address *name*."""
        return self.lists.get(name, self.site)

    @property
    def all(self) -> tuple[str, ...]:
        """Every language that some mail is indexed in, the site's first."""
        return tuple(dict.fromkeys([self.site, *self.lists.values()]))
