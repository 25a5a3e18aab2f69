"""One implementation of a codec held against another, call by call."""
