"""What follows a customer, decided: operations by name, a follow-up's text, way and schedule, who gets the customer.

Called by `pipeline.follow` and by review. Nothing here knows how it is said.
"""
