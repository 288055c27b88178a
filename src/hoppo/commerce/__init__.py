"""Who sells what to whom: enterprises, orders, payments."""
