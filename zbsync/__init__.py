"""zbsync: review WeChat-hub contacts in a browser and carry them, exactly once, to the 智邦国际 ERP."""

__version__ = "0.3.0"
