"""Who may do what over the HTTP API."""
