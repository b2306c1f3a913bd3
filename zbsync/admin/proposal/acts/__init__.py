"""The pages of acts on many: the list of them, and one with its progress, its second person, and its result."""
