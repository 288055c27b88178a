"""Words of the pages' own."""
