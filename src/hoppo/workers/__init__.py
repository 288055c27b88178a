"""The processes that clear what arrives."""
