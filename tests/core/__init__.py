"""Floor 1: decisions. Tables of input and expected value; no database, no clock, no network."""
