"""The border: what others give us is read in one way, and what goes out says nothing of this machine."""
