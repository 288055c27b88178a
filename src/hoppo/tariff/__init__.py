"""What may be traded and what it bears: codes, units, positive list, rates by day."""
