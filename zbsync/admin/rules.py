"""What the pages of the rules beside the mapping share (gate, value maps, source codes). Not a page itself."""

from typing import Any

from django.db import models
from django.http import HttpRequest

from zbsync.admin.base import DeskAdmin, user_of
from zbsync.models import Mapping
from zbsync.pipeline import publish
from zbsync.pipeline.audit import Actor
from zbsync.pipeline.survey import unfit
from zbsync.sentences import say

REASON_LENGTH = 500
"""What the audit has room for."""


def unfit_options(mapping: Mapping | None = None, value_map: str = "") -> list[str]:
    """What the rules name that an ERP does not have, as sentences: of a version, or of a value map of the published."""
    found = unfit.of_mapping(mapping)
    chosen = found.get(value_map, []) if value_map else [one for findings in found.values() for one in findings]
    return [f"{one.params['connection']} · {say(one)}" for one in chosen]


class RulesAdmin(DeskAdmin):
    """Rules beside the mapping: whoever removes one has every contact judged again, as whoever changes one."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove it, and judge again."""
        super().delete_model(request, obj)
        self._reconsider(request, str(obj))

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Remove them, and judge again once."""
        names = "、".join(map(str, queryset))
        super().delete_queryset(request, queryset)
        self._reconsider(request, names)

    def _reconsider(self, request: HttpRequest, names: str) -> None:
        reason = f"{self.opts.verbose_name} {names}"
        publish.reconsider(Actor.of(user_of(request)), reason=reason[:REASON_LENGTH])
