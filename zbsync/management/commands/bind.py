"""Choose the ERP customer of a proposal from the keyboard, or say that it is a new one."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from zbsync.core.matching import MatchKind
from zbsync.management.base import bad_input
from zbsync.management.verbs import VerbCommand, proposals
from zbsync.models import Proposal
from zbsync.pipeline import review


class Command(VerbCommand):
    """`manage.py bind --proposal ID (--ord ORD | --create) --by USER [--reason TEXT] [--json]`.

    `--create` also takes many: several ids, `--query`, or `--all` (every proposal with several matches).
    """

    help = "Bind a proposal to an ERP customer, or decide to create a new one."

    def add_arguments(self, parser: Any) -> None:
        """The contract's options, and the choice."""
        super().add_arguments(parser)
        choice = parser.add_mutually_exclusive_group(required=True)
        choice.add_argument("--ord", type=int, help="the ERP customer's id")
        choice.add_argument("--create", action="store_true", help="a new customer, whatever was found")

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> review.Decision:
        """Bind, or create anyway."""
        if options["create"]:
            ambiguous = Proposal.objects.for_review().filter(match_kind=MatchKind.AMBIGUOUS)
            return review.create_anyway(proposals(options, ambiguous), by, options["reason"])
        ids = options["proposal"] or []
        if len(ids) != 1:
            raise bad_input("--ord: one customer for one proposal; write --proposal ID --ord ORD")
        return review.bind(ids[0], options["ord"], options["reason"], by)
