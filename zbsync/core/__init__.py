"""Floor 1: decisions, pure.

No Django, no I/O, no clock, no randomness: `now` and ids are arguments. Every other floor may call this one;
this one calls nobody. What comes out are values (findings, payloads, outcomes, next states), never effects.
"""
