"""The operations of the API, a router for each kind of thing."""
