"""The sandbox over real HTTP, called with nothing but the standard library."""
