"""Civitai Shortcut: finds, downloads, verifies and keeps models from Civitai."""

__version__ = '0.6.0'
