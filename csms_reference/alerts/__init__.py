"""What operators are to look at: the rules that find it, and who applies them."""
