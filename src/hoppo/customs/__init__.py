"""What is declared: lists, the three-document match, states, release."""
