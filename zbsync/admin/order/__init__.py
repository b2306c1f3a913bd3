"""Ordering an operation on a customer, from its contact's page."""
