"""Saved models and what finds them, records of models, listings, what was seen and hidden."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'

_SORTED_BY = ('added', 'sort_name', 'published', 'downloads', 'noted')


def upgrade() -> None:
    _create_records()
    _create_browsing()
    _create_shortcuts()
    _create_index()


def _create_records() -> None:
    op.create_table(
        'records',
        sa.Column('model_id', sa.Integer, primary_key=True),
        sa.Column('body', sa.LargeBinary, nullable=False),
        sa.Column('address', sa.Text, nullable=False),
        sa.Column('fetched', sa.Float, nullable=False),
        sa.Column('checked', sa.Float, nullable=False),
        sa.Column('gone', sa.Float),
        sa.Column('withdrawn', sa.JSON, nullable=False),
    )
    op.create_index('records_by_checked', 'records', ['checked'])
    op.create_table(
        'listings',
        sa.Column('key', sa.Text, primary_key=True),
        sa.Column('address', sa.Text, nullable=False),
        sa.Column('fetched', sa.Float, nullable=False),
        sa.Column('items', sa.LargeBinary, nullable=False),
        sa.Column('more', sa.Boolean, nullable=False),
    )
    op.create_index('listings_by_time', 'listings', ['fetched'])


def _create_browsing() -> None:
    op.create_table(
        'seen_models',
        sa.Column('model_id', sa.Integer, primary_key=True),
        sa.Column('seen', sa.Float, nullable=False),
    )
    op.create_table(
        'hidden_things',
        sa.Column('kind', sa.String(16), primary_key=True),
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('label', sa.Text, nullable=False),
        sa.Column('since', sa.Float, nullable=False),
    )
    op.create_table(
        'remembered',
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('value', sa.JSON, nullable=False),
    )


def _create_shortcuts() -> None:
    op.create_table(
        'shortcuts',
        sa.Column('model_id', sa.Integer, primary_key=True),
        sa.Column('name', sa.Text, nullable=False),
        sa.Column('type', sa.Text, nullable=False),
        sa.Column('creator', sa.Text),
        sa.Column('base_models', sa.JSON, nullable=False),
        sa.Column('tags', sa.JSON, nullable=False),
        sa.Column('version_id', sa.BigInteger),
        sa.Column('cover', sa.Text),
        sa.Column('cover_type', sa.String(16), nullable=False),
        sa.Column('cover_level', sa.Integer, nullable=False),
        sa.Column('cover_chosen', sa.Boolean, nullable=False),
        sa.Column('published', sa.Float),
        sa.Column('downloads', sa.BigInteger),
        sa.Column('likes', sa.BigInteger),
        sa.Column('size', sa.BigInteger),
        sa.Column('warning', sa.String(16), nullable=False),
        sa.Column('early_access_ends', sa.Float),
        sa.Column('note', sa.Text, nullable=False),
        sa.Column('own_tags', sa.JSON, nullable=False),
        sa.Column('classes', sa.JSON, nullable=False),
        sa.Column('favourite', sa.Boolean, nullable=False),
        sa.Column('added', sa.Float, nullable=False),
        sa.Column('gone', sa.Float),
        sa.Column('fetched', sa.Float),
        sa.Column('noted', sa.Float),
        sa.Column('removed', sa.Float),
        sa.Column('sort_name', sa.Text, nullable=False),
        sa.Column('revision', sa.Integer, nullable=False),
    )
    op.create_index(
        'shortcuts_by_removal',
        'shortcuts',
        ['removed'],
        sqlite_where=sa.text('removed IS NOT NULL'),
    )
    for name in _SORTED_BY:
        op.create_index(
            f'shortcuts_by_{name}',
            'shortcuts',
            [name, 'model_id'],
            sqlite_where=sa.text('removed IS NULL'),
        )
    op.create_table(
        'shortcut_classes',
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('info', sa.Text, nullable=False),
        sa.Column('since', sa.Float, nullable=False),
    )


def _create_index() -> None:
    op.create_table(
        'shortcut_texts',
        sa.Column('model_id', sa.Integer, primary_key=True),
        sa.Column('head', sa.Text, nullable=False),
        sa.Column('rest', sa.Text, nullable=False),
    )
    op.create_table(
        'shortcut_labels',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('kind', sa.String(16), nullable=False),
        sa.Column('key', sa.Text, nullable=False),
        sa.Column('name', sa.Text, nullable=False),
        sa.Column('count', sa.Integer, nullable=False),
    )
    op.create_index('shortcut_labels_by_key', 'shortcut_labels', ['kind', 'key'], unique=True)
    op.create_index('shortcut_labels_by_count', 'shortcut_labels', ['kind', 'count'])
    op.create_table(
        'shortcut_labelled',
        sa.Column('label_id', sa.Integer, primary_key=True),
        sa.Column('model_id', sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'shortcut_state',
        sa.Column('name', sa.String(16), primary_key=True),
        sa.Column('number', sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for name in ('shortcut_trigrams', 'shortcut_grams'):  # made beside it where SQLite has FTS5
        op.execute(f'DROP TABLE IF EXISTS {name}')
    for name in (
        *('shortcut_state', 'shortcut_labelled', 'shortcut_labels', 'shortcut_texts'),
        *('shortcut_classes', 'shortcuts', 'remembered', 'hidden_things', 'seen_models'),
        *('listings', 'records'),
    ):
        op.drop_table(name)
