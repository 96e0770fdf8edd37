"""The hub: the only server of a show. Everything else is its client."""
