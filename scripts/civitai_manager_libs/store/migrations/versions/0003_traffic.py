"""HTTP traffic minute by minute, what went wrong lately, and the pace of each host."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table(
        'http_traffic',
        sa.Column('minute', sa.Integer, primary_key=True),
        sa.Column('host', sa.Text, primary_key=True),
        sa.Column('kind', sa.String(16), primary_key=True),
        sa.Column('requests', sa.Integer, nullable=False),
        sa.Column('failures', sa.Integer, nullable=False),
        sa.Column('retries', sa.Integer, nullable=False),
        sa.Column('hits', sa.Integer, nullable=False),
        sa.Column('misses', sa.Integer, nullable=False),
        sa.Column('stale', sa.Integer, nullable=False),
        sa.Column('waits', sa.Integer, nullable=False),
        sa.Column('waited', sa.Float, nullable=False),
        sa.Column('received', sa.BigInteger, nullable=False),
        sa.Column('with_key', sa.Integer, nullable=False),
        sa.Column('milliseconds', sa.Float, nullable=False),
        sa.Column('latencies', sa.LargeBinary, nullable=False),
    )
    op.create_table(
        'http_outcomes',
        sa.Column('minute', sa.Integer, primary_key=True),
        sa.Column('host', sa.Text, primary_key=True),
        sa.Column('kind', sa.String(16), primary_key=True),
        sa.Column('outcome', sa.String(64), primary_key=True),
        sa.Column('count', sa.Integer, nullable=False),
    )
    op.create_table(
        'http_faults',
        sa.Column('id', sa.Integer, primary_key=True, autoincrement=True),
        sa.Column('time', sa.Float, nullable=False),
        sa.Column('host', sa.Text, nullable=False),
        sa.Column('kind', sa.String(16), nullable=False),
        sa.Column('code', sa.String(64), nullable=False),
        sa.Column('details', sa.JSON, nullable=False),
    )
    op.create_table(
        'http_moments',
        sa.Column('name', sa.String(32), primary_key=True),
        sa.Column('time', sa.Float, nullable=False),
    )
    op.create_table(
        'hosts',
        sa.Column('host', sa.Text, primary_key=True),
        sa.Column('next_start', sa.Float, nullable=False),
        sa.Column('failures', sa.Integer, nullable=False),
        sa.Column('opened', sa.Integer, nullable=False),
        sa.Column('closed_until', sa.Float, nullable=False),
    )


def downgrade() -> None:
    for name in ('hosts', 'http_moments', 'http_faults', 'http_outcomes', 'http_traffic'):
        op.drop_table(name)
