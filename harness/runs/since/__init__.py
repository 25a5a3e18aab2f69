"""Only what a change can reach: which setups of a suite files decide that changed since a commit."""
