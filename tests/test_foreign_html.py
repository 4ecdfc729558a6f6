"""What is left of the HTML of authors: its text, its shape, links to other sites, nothing else."""

import re
import time
from html.parser import HTMLParser

import pytest

from civitai_manager_libs.ui.foreign_html import MOST_MARKUP, safe_html

LINK = '<a href="https://x.y/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">'


class Tags(HTMLParser):
    """Which tags and attributes there are."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(
    'markup, clean',
    [
        ('<h1 id="a" class="b" style="c">T</h1>', '<h4>T</h4>'),
        ('<p>one<p>two', '<p>one</p><p>two</p>'),
        (
            '<ul><li>a<li>b<ul><li>c</ul></ul>',
            '<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>',
        ),
        ('<b>bold <i>both</b> text', '<b>bold <i>both</i></b> text'),
        ('a < b & c > d\nline', 'a &lt; b &amp; c &gt; d\nline'),
        ('&lt;script&gt;', '&lt;script&gt;'),
        ('<a href=" https://x.y/?a=1&b=2 " onclick="z">k</a>', f'{LINK}k</a>'),
        ("<A HREF='https://x.y/?a=1&amp;b=2'>k", f'{LINK}k</a>'),
        ('<img src="https://x.y/z.png">text<br/>', 'text<br>'),
        ('<div><span>in a box</span></div>', 'in a box'),
        ('<p></p><p>&nbsp;</p><p><br></p>x', '<p></p>x'),
        ('</p></b>text</ul>', 'text'),
        ('動漫 \U0001f600 İ<script>İ</script>after', '動漫 \U0001f600 İafter'),
        ('', ''),
    ],
)
def test_shape_stays(markup, clean):
    assert safe_html(markup) == clean


@pytest.mark.parametrize(
    'address',
    [
        'javascript:alert(1)',
        'java\tscript:alert(1)',
        '&#106;avascript:alert(1)',
        'data:text/html,x',
        '//x.y/z',
        '/config',
        '#top',
        'file:///etc/passwd',
        'vbscript:x',
        'https:' + 'x' * 3_000,
    ],
)
def test_links_lead_to_other_sites_or_nowhere(address):
    assert safe_html(f'<a href="{address}">words</a>') == 'words'


@pytest.mark.parametrize(
    'markup',
    [
        '<script>x</script>',
        '<SCRIPT >x</SCRIPT\n>',
        '<script>x',
        '<style>x</style>',
        '<svg><script>x</script><a href="https://x.y">x</a></svg>',
        '<math><mtext>x</mtext></math>',
        '<template>x</template>',
        '<textarea>x</textarea>',
        '<noscript>x</noscript>',
        '<title>x</title>',
        '<select><option>x</select>',
        '<!-- x -->',
        '<!doctype x>',
        '<?x ?>',
        '</ x>',
        '<!--x',
    ],
)
def test_what_is_not_meant_to_be_read_is_not(markup):
    assert safe_html(f'before {markup}').strip() == 'before'


@pytest.mark.parametrize(
    'markup',
    [
        '<img src=x onerror=alert(1)>',
        '<p title="><img src=x onerror=alert(1)>">x</p>',
        '<a href="https://x.y" onmouseover=alert(1) data-cs-action="cancel">x</a>',
        '<<b>script>alert(1)<</b>/script>',
        '<scr<script>ipt>alert(1)</script>',
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
        'onerror=alert(1)&gt;">',
        '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
        '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
        '<table background="javascript:x"><td style="x:expression(alert(1))">x',
        '<button data-cs-action="browse:close">x</button><input autofocus onfocus=alert(1)>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe><base href="https://x.y/">',
        '<meta http-equiv=refresh content="0;url=https://x.y"><link rel=stylesheet href=x>',
        '\x00<im\x00g src=x onerror=alert(1)>',
    ],
)
def test_nothing_runs(markup):
    clean = safe_html(markup)
    found = Tags(clean)
    assert found.tags <= {'a', 'b', 'p', 'table', 'tbody', 'tr', 'td'}
    assert found.attributes <= {'href', 'rel', 'target'}
    assert safe_html(clean) == clean


@pytest.mark.parametrize(
    'piece',
    [
        *('<div>', '<b>', '<blockquote>', '<ul><li>', '<table><tr><td>', '<a href="http://x">'),
        *('<a ', '<a "', '<!--', '</', '<![', '<?', '<', '&', '<svg>', '<p></b>', "<a 'x'\"y\""),
    ],
)
def test_texts_without_end_take_no_time(piece):
    markup = piece * (MOST_MARKUP // len(piece) + 10)
    begun = time.process_time()
    clean = safe_html(markup)
    assert time.process_time() - begun < 10
    deep = most = 0
    for end in re.findall(r'<(/?)[a-z]', clean):
        deep += -1 if end else 1
        most = max(most, deep)
    assert deep == 0 and most <= 70
