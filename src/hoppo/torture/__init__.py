"""Faults on purpose: a house under traffic is hurt at seeded moments, then all is checked."""
