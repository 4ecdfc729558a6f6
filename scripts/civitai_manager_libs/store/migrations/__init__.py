"""Steps from each older database to the newest, run by Alembic when a database is opened."""

HEAD = '0005'
"""The newest step: a database that has it needs none."""
