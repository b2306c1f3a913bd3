"""This language's."""
