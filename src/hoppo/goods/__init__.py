"""Where things are: waybills and their states."""
