"""The web console: what an operator sees and does, as pages that the server renders."""
