"""Moves one file from a server to this disk so that it can be stopped, killed and continued at any
moment.
"""
