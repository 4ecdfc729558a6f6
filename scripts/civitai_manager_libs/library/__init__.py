"""The files on this machine: where the same one lies already, and whether they are still what
arrived.
"""
