"""Searching resources: the parameters there are, what a resource is found by, what is asked."""
