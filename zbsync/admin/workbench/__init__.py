"""The workbench: where the mapping is drafted, tried, previewed, published, compared and taken back.

Asks `pipeline.publish`; holds no logic of its own. Whoever may see the mapping may see all of it, whoever may change
it may draft and publish.
"""

from zbsync.admin.workbench.versions import MappingAdmin

__all__ = ["MappingAdmin"]
