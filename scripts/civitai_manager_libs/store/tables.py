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
    Index('downloads_by_place', 'place'),
    Index('downloads_by_state', 'state', 'priority', 'id'),
    sqlite_autoincrement=True,
)
