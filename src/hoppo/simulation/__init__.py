"""A whole city of traders, payers and carriers, from one seed, with the truth known."""
