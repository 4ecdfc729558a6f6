"""Pictures with generation data in them, made byte by byte or with Pillow."""

import io
import struct
import warnings
import zlib

from PIL import Image

A1111 = (
    'photo of a duck\nNegative prompt: monochrome\n'
    'Steps: 15, Sampler: UniPC, CFG scale: 5, Seed: 235284042, Size: 512x400, '
    'Model hash: c0d1994c73, Model: realistic_realisticVisionV20_v20'
)


def png_chunk(kind, content):
    checked = struct.pack('>I', zlib.crc32(kind + content))
    return struct.pack('>I', len(content)) + kind + content + checked


def png(*before, after=(), size=(3, 2)):
    """A PNG with further chunks before and after its data."""
    head = png_chunk(b'IHDR', struct.pack('>IIBBBBB', *size, 8, 2, 0, 0, 0))
    rows = (b'\0' + bytes(range(3 * size[0]))) * size[1]
    data = png_chunk(b'IDAT', zlib.compress(rows))
    parts = (head, *before, data, *after, png_chunk(b'IEND', b''))
    return b'\x89PNG\r\n\x1a\n' + b''.join(parts)


def text_chunk(name, text):
    return png_chunk(b'tEXt', name.encode() + b'\0' + text.encode('latin-1'))


def packed_chunk(name, text):
    return png_chunk(b'zTXt', name.encode() + b'\0\0' + zlib.compress(text.encode('latin-1')))


def wide_chunk(name, text, packed=False):
    content = zlib.compress(text.encode()) if packed else text.encode()
    flags = b'\0\1\0\0\0' if packed else b'\0\0\0\0\0'
    return png_chunk(b'iTXt', name.encode() + flags + content)


def exif_block(comment=None, order='>', **fields):
    """A TIFF block with texts and a user comment (bytes, its mark included)."""
    tags = {'ImageDescription': 0x010E, 'Make': 0x010F, 'Model': 0x0110, 'Software': 0x0131}
    rows = [(tags[name], 2, text.encode() + b'\0') for name, text in fields.items()]
    count = len(rows) + (comment is not None)
    place = 8 + 2 + 12 * count + 4
    entries, tail = b'', b''
    for tag, kind, content in sorted(rows):
        at = place + len(tail)
        inline = content.ljust(4, b'\0') if len(content) <= 4 else struct.pack(order + 'I', at)
        entries += struct.pack(order + 'HHI', tag, kind, len(content)) + inline
        tail += b'' if len(content) <= 4 else content + b'\0' * (len(content) % 2)
    if comment is not None:
        at = place + len(tail)
        entries += struct.pack(order + 'HHII', 0x8769, 4, 1, at)
        tail += struct.pack(order + 'HHHIII', 1, 0x9286, 7, len(comment), at + 18, 0) + comment
    mark = b'MM' if order == '>' else b'II'
    head = mark + struct.pack(order + 'HI', 42, 8) + struct.pack(order + 'H', count)
    return head + entries + b'\0\0\0\0' + tail


def painted(form, size=(24, 16), **options):
    """A picture with something in it, as Pillow writes it."""
    picture = Image.new('RGB', size)
    picture.putdata([(x * 9 % 256, x * 5 % 256, x % 256) for x in range(size[0] * size[1])])
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def with_exif(form, block, **options):
    return painted(form, exif=b'Exif\0\0' + block, **options)


def pixels(content):
    """Size and colours as Pillow decodes them."""
    with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as picture:
        warnings.simplefilter('ignore')
        return picture.size, picture.convert('RGBA').tobytes()
