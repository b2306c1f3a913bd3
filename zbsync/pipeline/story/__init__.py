"""One contact's whole story as data: what came in, how it was judged, who decided, what was said to the ERP.

Read by `explain` and by the contact's page. A constant number of queries, whatever has happened. It changes nothing
and makes no prose of its own: sentences come from `zbsync.sentences` in the reader's language.
"""

from zbsync.pipeline.story.moments import Moment
from zbsync.pipeline.story.shapes import plain
from zbsync.pipeline.story.told import JUDGED, Story, of

__all__ = ["JUDGED", "Moment", "Story", "of", "plain"]
