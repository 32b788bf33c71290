"""The only door to Mailman Core and to django-mailman3."""

from __future__ import annotations

from .core import Core
from .values import CoreList, Membership

__all__ = ["Core", "CoreList", "Membership"]
