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
        sa.Column('counts', sa.JSON, nullable=False),
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
        'hosts',
        sa.Column('host', sa.Text, primary_key=True),
        sa.Column('next_start', sa.Float, nullable=False),
        sa.Column('failures', sa.Integer, nullable=False),
        sa.Column('opened', sa.Integer, nullable=False),
        sa.Column('closed_until', sa.Float, nullable=False),
    )


def downgrade() -> None:
    for name in ('hosts', 'http_faults', 'http_outcomes', 'http_traffic'):
        op.drop_table(name)
