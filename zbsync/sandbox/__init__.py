"""A pretend ERP over real HTTP: the second, independent reading of the ERP's wire.

Started by `manage.py sandbox`, by the demo and by tests (`zbsync.sandbox.app.running`). It imports nothing
of zbsync outside this package and shares no code with the client, so that a misreading on one side shows as
a failure; golden bytes in `tests/wire/` hold both to the same wire. It is not an ERP: it keeps just enough
truth (drafts, customers, persons, dictionaries, who called what) to prove from the ERP's side that a push
took effect once.
"""
