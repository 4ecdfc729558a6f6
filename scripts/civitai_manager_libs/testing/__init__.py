"""What ``python main.py test`` is made of: the checks, and a browser for the tests of the page."""
