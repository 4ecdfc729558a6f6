"""The two faces of the program: the page of its own, and the tab inside a WebUI host."""
