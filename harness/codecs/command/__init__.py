"""Any codec behind a command: one call a file, one process a stream, or a server."""
