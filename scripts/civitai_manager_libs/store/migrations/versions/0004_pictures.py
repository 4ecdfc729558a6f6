"""Downloaded pictures: what they contain and what they look like; downloads by content."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table(
        'pictures',
        sa.Column('path', sa.Text, primary_key=True),
        sa.Column('size', sa.BigInteger, nullable=False),
        sa.Column('changed', sa.BigInteger, nullable=False),
        sa.Column('sha256', sa.String(64), nullable=False),
        sa.Column('look', sa.String(16)),
        sa.Column('image_id', sa.BigInteger),
        sa.Column('address', sa.Text),
        sa.Column('others', sa.Text),
    )
    for name, column in (
        ('pictures_by_sha256', 'sha256'),
        ('pictures_by_look', 'look'),
        ('pictures_by_image', 'image_id'),
        ('pictures_by_address', 'address'),
    ):
        op.create_index(name, 'pictures', [column])
    op.create_index('downloads_by_sha256', 'downloads', ['sha256'])


def downgrade() -> None:
    op.drop_index('downloads_by_sha256')
    op.drop_table('pictures')
