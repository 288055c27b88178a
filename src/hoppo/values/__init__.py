"""Plain exact values: money, moments, identifiers, personal data as it may be shown. No I/O."""
