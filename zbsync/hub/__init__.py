"""Floor 2: where contacts come from. Doors read what a hub gives; `normalize` makes said fields of it. No Django.

`pipeline.ingest` and the upload page call this package. Nothing here knows the mirror or decides what is new.
"""
