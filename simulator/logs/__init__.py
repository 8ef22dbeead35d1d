"""What a station writes down about itself, and how it brings that to a server (2.0.1 part 2 N01; 1.6 §5.9)."""
