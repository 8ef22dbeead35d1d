"""What happens, told to whoever listens: the console, alerts, and clients of the API."""
