"""What is examined: risk lists and the inspection draw."""
