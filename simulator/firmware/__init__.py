"""A station's firmware as something that can be replaced (block L): images, two slots, and how an update goes."""
