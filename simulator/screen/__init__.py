"""What a station's display shows: messages of the operator (2.0.1 block O), tariffs and costs, and its own prompts."""
