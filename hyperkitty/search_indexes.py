"""The door through which Haystack discovers what is searched."""

from hyperkitty.search.haystack_index import EmailIndex

__all__ = ["EmailIndex"]
