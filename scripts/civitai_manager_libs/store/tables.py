"""The tables of the database, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

downloads = Table(
    'downloads',
    metadata,
    Column('id', Integer, primary_key=True, autoincrement=True),
    Column('key', Text, nullable=False, unique=True),
    Column('place', Text, nullable=False),
    Column('state', String(16), nullable=False),
    Column('priority', Integer, nullable=False),
    Column('order', JSON, nullable=False),
    Column('received', BigInteger, nullable=False),
    Column('hashed', BigInteger, nullable=False),
    Column('total', BigInteger),
    Column('speed', Float, nullable=False),
    Column('path', Text),
    Column('sha256', String(64)),
    Column('verified', Boolean, nullable=False),
    Column('error_code', String(64)),
    Column('error_details', JSON, nullable=False),
    Column('attempts', Integer, nullable=False),
    Column('owner', Text),
    Column('heartbeat', Float),
    Column('file_size', BigInteger),
    Column('file_time', BigInteger),
    Column('created', Float, nullable=False),
    Column('finished', Float),
    Column('rank', Float, nullable=False),
    Column('revision', Integer, nullable=False),
    Column('parent_id', Integer),
    Column('connections', Integer, nullable=False),
    Column('notes', JSON, nullable=False),
    Column('cleared', Float),
    Index('downloads_by_place', 'place'),
    Index('downloads_by_state', 'state', 'priority', 'rank', 'id'),
    Index('downloads_by_rank', 'rank'),
    Index('downloads_by_revision', 'revision'),
    Index('downloads_by_parent', 'parent_id'),
    sqlite_autoincrement=True,
)
"""The queue and its history; :class:`Task` says what the columns mean."""

hashed_files = Table(
    'hashed_files',
    metadata,
    Column('path', Text, primary_key=True),
    Column('size', BigInteger, nullable=False),
    Column('changed', BigInteger, nullable=False),
    Column('sha256', String(64), nullable=False),
    Index('hashed_files_by_sha256', 'sha256'),
)
"""SHA256 of files on disk, good as long as size (bytes) and time of change (ns) are still those."""

quarantined = Table(
    'quarantined',
    metadata,
    Column('path', Text, primary_key=True),
    Column('task_id', Integer, nullable=False),
    Column('algorithm', String(16), nullable=False),
    Column('expected', Text, nullable=False),
    Column('actual', Text, nullable=False),
    Column('created', Float, nullable=False),
)
"""Files whose content was not what had been promised, kept for inspection for a while."""
