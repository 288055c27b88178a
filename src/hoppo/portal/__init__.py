"""The window people use: pages for traders, officers, the operator, auditors and buyers."""
