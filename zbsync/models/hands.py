"""Who had a hand in a proposal, kept on its row: `,e3,c17,` says that user 3 edited it and that user 17 chose to create
it anyway. Nobody approves what they edited, and an act on many with any such row wants a second person.
"""

from django.db.models import Q

EDITED, CREATED = "e", "c"
"""What a hand did: edited a field; chose to create a customer in spite of possible duplicates."""


def add(hands: str, what: str, user_id: int | None) -> str:
    """With one hand more; the same hand twice counts once, and a job has none."""
    mark = f"{what}{user_id},"
    return hands if user_id is None or f",{mark}" in hands else f"{hands or ','}{mark}"


def without(hands: str, what: str) -> str:
    """Without the hands that did this: what they did does not count any more."""
    kept = [mark for mark in hands.split(",") if mark and not mark.startswith(what)]
    return f",{','.join(kept)}," if kept else ""


def edited_by(user_id: int) -> Q:
    """Proposals that this user edited."""
    return Q(hands__contains=f",{EDITED}{user_id},")


def that(what: str) -> Q:
    """Proposals to which somebody did this."""
    return Q(hands__contains=f",{what}")
