"""The lane, at an ERP that answers from a list."""
