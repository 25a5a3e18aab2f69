"""Any codec behind a socket: one TCP or WebSocket connection a session."""
