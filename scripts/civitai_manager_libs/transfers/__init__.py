"""The download queue at work: what a target means, who moves which file, what happens when it
ends.
"""
