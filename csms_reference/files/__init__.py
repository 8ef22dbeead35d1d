"""Files that stations fetch and send: firmware images, and whatever they upload."""
