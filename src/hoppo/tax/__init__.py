"""What is owed: limits, dutiable value, taxes, bills, guarantees."""
