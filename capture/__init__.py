"""Recording the hall: a client of the hub."""
