"""How a stream is wired: topologies, wires, signal paths, the plan of calls and its interpreter."""
