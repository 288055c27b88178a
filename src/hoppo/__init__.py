"""Hoppo: an open, self-hostable cross-border e-commerce single window."""
