"""When to stop by ourselves: the breaker of a connection, and the canary of a large batch.

Both judge what the caller counted in the tables; nothing is remembered here. `pipeline` asks, and carries it out.
"""
