"""Measured comparisons with other tools, run by ``python3 main.py bench``."""
