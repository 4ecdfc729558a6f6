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
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
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
    Index('downloads_by_sha256', 'sha256'),
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

http_traffic = Table(
    'http_traffic',
    metadata,
    Column('minute', Integer, primary_key=True),
    Column('host', Text, primary_key=True),
    Column('kind', String(16), primary_key=True),
    Column('requests', Integer, nullable=False),
    Column('failures', Integer, nullable=False),
    Column('retries', Integer, nullable=False),
    Column('hits', Integer, nullable=False),
    Column('misses', Integer, nullable=False),
    Column('stale', Integer, nullable=False),
    Column('waits', Integer, nullable=False),
    Column('waited', Float, nullable=False),
    Column('received', BigInteger, nullable=False),
    Column('with_key', Integer, nullable=False),
    Column('milliseconds', Float, nullable=False),
    Column('latencies', LargeBinary, nullable=False),
)
"""What all processes have asked ``host`` in one minute (since 1970); :class:`Traffic` says what is
counted, ``Histogram.packed`` how the latencies are written.
"""

http_outcomes = Table(
    'http_outcomes',
    metadata,
    Column('minute', Integer, primary_key=True),
    Column('host', Text, primary_key=True),
    Column('kind', String(16), primary_key=True),
    Column('outcome', String(64), primary_key=True),
    Column('count', Integer, nullable=False),
)
"""How often requests of that minute ended in a status (``200``) or an error code (``timed_out``).
"""

http_faults = Table(
    'http_faults',
    metadata,
    Column('id', Integer, primary_key=True, autoincrement=True),
    Column('time', Float, nullable=False),
    Column('host', Text, nullable=False),
    Column('kind', String(16), nullable=False),
    Column('code', String(64), nullable=False),
    Column('details', JSON, nullable=False),
)
"""The latest requests that failed; code and details word the error again."""

http_moments = Table(
    'http_moments',
    metadata,
    Column('name', String(32), primary_key=True),
    Column('time', Float, nullable=False),
)
"""When something happened last (seconds since 1970), such as ``key_refused``."""

hosts = Table(
    'hosts',
    metadata,
    Column('host', Text, primary_key=True),
    Column('next_start', Float, nullable=False),
    Column('failures', Integer, nullable=False),
    Column('opened', Integer, nullable=False),
    Column('closed_until', Float, nullable=False),
)
"""When a host may be asked next (seconds since 1970), failures in a row, and how often and until
when it has been left alone because of them.
"""

pictures = Table(
    'pictures',
    metadata,
    Column('path', Text, primary_key=True),
    Column('size', BigInteger, nullable=False),
    Column('changed', BigInteger, nullable=False),
    Column('sha256', String(64), nullable=False),
    Column('look', String(16)),
    Column('image_id', BigInteger),
    Column('address', Text),
    Column('others', Text),
    Index('pictures_by_sha256', 'sha256'),
    Index('pictures_by_look', 'look'),
    Index('pictures_by_image', 'image_id'),
    Index('pictures_by_address', 'address'),
)
"""Downloaded pictures: content and look (a perceptual hash of 64 bits as hex digits, none for what
is no still) of files, good as long as size (bytes) and time of change (ns) are still those; number
at Civitai and address (without query) that they came from; in ``others``, one a line, such numbers
and addresses of pictures that were the same and are not kept.
"""

records = Table(
    'records',
    metadata,
    Column('model_id', Integer, primary_key=True),
    Column('body', LargeBinary, nullable=False),
    Column('address', Text, nullable=False),
    Column('fetched', Float, nullable=False),
    Column('checked', Float, nullable=False),
    Column('gone', Float),
    Column('withdrawn', JSON, nullable=False),
    Index('records_by_checked', 'checked'),
)
"""What Civitai has said of models, ``body`` as compressed JSON; :class:`Record` says what the
columns mean.
"""

listings = Table(
    'listings',
    metadata,
    Column('key', Text, primary_key=True),
    Column('address', Text, nullable=False),
    Column('fetched', Float, nullable=False),
    Column('items', LargeBinary, nullable=False),
    Column('more', Boolean, nullable=False),
    Index('listings_by_time', 'fetched'),
)
"""The first pages of the latest searches, ``items`` as compressed JSON, for times without a
network.
"""

seen_models = Table(
    'seen_models',
    metadata,
    Column('model_id', Integer, primary_key=True),
    Column('seen', Float, nullable=False),
)
"""Models that the person has opened, and when last (seconds since 1970)."""

hidden_things = Table(
    'hidden_things',
    metadata,
    Column('kind', String(16), primary_key=True),
    Column('name', Text, primary_key=True),
    Column('label', Text, nullable=False),
    Column('since', Float, nullable=False),
)
"""Models, creators and tags that the person does not want to see."""

remembered = Table(
    'remembered',
    metadata,
    Column('name', Text, primary_key=True),
    Column('value', JSON, nullable=False),
)
"""What the page was set to when it was left, such as the filters of a tab."""

shortcuts = Table(
    'shortcuts',
    metadata,
    Column('model_id', Integer, primary_key=True),
    Column('name', Text, nullable=False),
    Column('type', Text, nullable=False),
    Column('creator', Text),
    Column('base_models', JSON, nullable=False),
    Column('tags', JSON, nullable=False),
    Column('version_id', BigInteger),
    Column('cover', Text),
    Column('cover_type', String(16), nullable=False),
    Column('cover_level', Integer, nullable=False),
    Column('cover_chosen', Boolean, nullable=False),
    Column('published', Float),
    Column('downloads', BigInteger),
    Column('likes', BigInteger),
    Column('size', BigInteger),
    Column('warning', String(16), nullable=False),
    Column('early_access_ends', Float),
    Column('note', Text, nullable=False),
    Column('own_tags', JSON, nullable=False),
    Column('classes', JSON, nullable=False),
    Column('favourite', Boolean, nullable=False),
    Column('added', Float, nullable=False),
    Column('gone', Float),
    Column('fetched', Float),
    Column('noted', Float),
    Column('removed', Float),
    Column('sort_name', Text, nullable=False),
    Column('revision', Integer, nullable=False),
    Index('shortcuts_by_removal', 'removed', sqlite_where=text('removed IS NOT NULL')),
    *(
        Index(f'shortcuts_by_{name}', name, 'model_id', sqlite_where=text('removed IS NULL'))
        for name in ('added', 'sort_name', 'published', 'downloads', 'noted')
    ),
)
"""Saved models; :class:`Shortcut` says what the columns mean. Beside those: when the note was
``noted``, since when the model is ``removed`` (and can be brought back), and the revision of the
latest change. All that is known of a saved model is here: the tables below but the classes only
serve to find it and can be made again.
"""

shortcut_classes = Table(
    'shortcut_classes',
    metadata,
    Column('name', Text, primary_key=True),
    Column('info', Text, nullable=False),
    Column('since', Float, nullable=False),
)
"""Classes that the person has made, those with nothing in them too."""

shortcut_texts = Table(
    'shortcut_texts',
    metadata,
    Column('model_id', Integer, primary_key=True),
    Column('head', Text, nullable=False),
    Column('rest', Text, nullable=False),
)
"""What a saved model can be found by, folded: name, tags and note in ``head``; creator, trigger
words and description in ``rest``.
"""

shortcut_labels = Table(
    'shortcut_labels',
    metadata,
    Column('id', Integer, primary_key=True),
    Column('kind', String(16), nullable=False),
    Column('key', Text, nullable=False),
    Column('name', Text, nullable=False),
    Column('count', Integer, nullable=False),
    Index('shortcut_labels_by_key', 'kind', 'key', unique=True),
    Index('shortcut_labels_by_count', 'kind', 'count'),
)
"""What saved models are filtered by (a type, a tag, a class, ...), and how many of them, without
those removed, have it.
"""

shortcut_labelled = Table(
    'shortcut_labelled',
    metadata,
    Column('label_id', Integer, primary_key=True),
    Column('model_id', Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""Which saved models have which label."""

shortcut_state = Table(
    'shortcut_state',
    metadata,
    Column('name', String(16), primary_key=True),
    Column('number', Integer, nullable=False),
)
"""``revision`` grows with every change of a saved model or class; ``indexed`` is 1 as long as the
text index holds all that ``shortcut_texts`` does.
"""
