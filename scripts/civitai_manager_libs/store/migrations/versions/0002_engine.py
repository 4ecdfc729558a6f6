"""The line can be rearranged, done downloads cleared away, hashes and wrong files remembered."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.add_column('downloads', sa.Column('rank', sa.Float, nullable=False, server_default='0'))
    op.add_column(
        'downloads', sa.Column('revision', sa.Integer, nullable=False, server_default='0')
    )
    op.add_column('downloads', sa.Column('parent_id', sa.Integer))
    op.add_column(
        'downloads', sa.Column('connections', sa.Integer, nullable=False, server_default='0')
    )
    op.add_column('downloads', sa.Column('notes', sa.JSON, nullable=False, server_default='[]'))
    op.add_column('downloads', sa.Column('cleared', sa.Float))
    op.execute('UPDATE downloads SET rank = id, revision = id')
    op.drop_index('downloads_by_state', 'downloads')
    op.create_index('downloads_by_state', 'downloads', ['state', 'priority', 'rank', 'id'])
    op.create_index('downloads_by_rank', 'downloads', ['rank'])
    op.create_index('downloads_by_revision', 'downloads', ['revision'])
    op.create_index('downloads_by_parent', 'downloads', ['parent_id'])
    op.create_table(
        'hashed_files',
        sa.Column('path', sa.Text, primary_key=True),
        sa.Column('size', sa.BigInteger, nullable=False),
        sa.Column('changed', sa.BigInteger, nullable=False),
        sa.Column('sha256', sa.String(64), nullable=False),
    )
    op.create_index('hashed_files_by_sha256', 'hashed_files', ['sha256'])
    op.create_table(
        'quarantined',
        sa.Column('path', sa.Text, primary_key=True),
        sa.Column('task_id', sa.Integer, nullable=False),
        sa.Column('algorithm', sa.String(16), nullable=False),
        sa.Column('expected', sa.Text, nullable=False),
        sa.Column('actual', sa.Text, nullable=False),
        sa.Column('created', sa.Float, nullable=False),
    )


def downgrade() -> None:
    op.drop_table('quarantined')
    op.drop_table('hashed_files')
    op.drop_index('downloads_by_parent', 'downloads')
    op.drop_index('downloads_by_revision', 'downloads')
    op.drop_index('downloads_by_rank', 'downloads')
    op.drop_index('downloads_by_state', 'downloads')
    for name in ('cleared', 'notes', 'connections', 'parent_id', 'revision', 'rank'):
        op.drop_column('downloads', name)
    op.create_index('downloads_by_state', 'downloads', ['state', 'priority', 'id'])
