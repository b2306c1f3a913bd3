"""How times are written on a page: the same in every language, short, and in an order that sorts."""
