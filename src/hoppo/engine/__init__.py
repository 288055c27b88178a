"""Engines that know no business: database, inbox, outbox, keys."""
