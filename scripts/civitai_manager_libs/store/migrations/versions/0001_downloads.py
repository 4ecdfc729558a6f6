"""The download queue."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table(
        'downloads',
        sa.Column('id', sa.Integer, primary_key=True, autoincrement=True),
        sa.Column('key', sa.Text, nullable=False, unique=True),
        sa.Column('place', sa.Text, nullable=False),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('priority', sa.Integer, nullable=False),
        sa.Column('order', sa.JSON, nullable=False),
        sa.Column('received', sa.BigInteger, nullable=False),
        sa.Column('hashed', sa.BigInteger, nullable=False),
        sa.Column('total', sa.BigInteger),
        sa.Column('speed', sa.Float, nullable=False),
        sa.Column('path', sa.Text),
        sa.Column('sha256', sa.String(64)),
        sa.Column('verified', sa.Boolean, nullable=False),
        sa.Column('error_code', sa.String(64)),
        sa.Column('error_details', sa.JSON, nullable=False),
        sa.Column('attempts', sa.Integer, nullable=False),
        sa.Column('owner', sa.Text),
        sa.Column('heartbeat', sa.Float),
        sa.Column('file_size', sa.BigInteger),
        sa.Column('file_time', sa.BigInteger),
        sa.Column('created', sa.Float, nullable=False),
        sa.Column('finished', sa.Float),
        sqlite_autoincrement=True,
    )
    op.create_index('downloads_by_place', 'downloads', ['place'])
    op.create_index('downloads_by_state', 'downloads', ['state', 'priority', 'id'])


def downgrade() -> None:
    op.drop_table('downloads')
