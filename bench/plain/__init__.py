"""The plain peer's Django application."""
