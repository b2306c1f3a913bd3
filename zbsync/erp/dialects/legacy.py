"""legacy: the phone app's door, `/sysa/mobilephone/*.asp`. Seen working at real ERPs; every ERP has it."""

from zbsync.erp.dialects.zbdocument import ZBDocument


class Legacy(ZBDocument):
    """See `base.Dialect`."""

    name = "legacy"
