"""The ERP's dialects: pure codecs, strangers to one another. `base` says what one is, `envelope` reads
ZBDocuments.
"""
