"""Stub, replaced by the look slice."""
def navigation(request): return {}
