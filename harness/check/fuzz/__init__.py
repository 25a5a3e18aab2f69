"""Random programs of calls on several instances, held against fresh instances; a failure shrinks to the shortest."""
