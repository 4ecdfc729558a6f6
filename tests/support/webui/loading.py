"""Loads an extension as hosts do, and puts its style and scripts on their page."""

import importlib.util
import sys
from html import escape


def load_scripts(extension):
    """Run each script of ``extension`` as a module of its own, which nobody keeps; what it puts on
    ``sys.path`` is gone afterwards. Gives the modules' names.
    """
    loaded = []
    for file in sorted((extension / 'scripts').glob('*.py')):
        before = list(sys.path)
        sys.path.insert(0, str(extension))
        try:
            spec = importlib.util.spec_from_file_location(file.name, str(file))
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
            loaded.append(file.name)
        finally:
            sys.path[:] = before
    return loaded


def inject(gradio, host_folder, extension, ours_first):
    """Let each page carry the host's own script and style and those of ``extension``."""
    scripts = sorted((extension / 'javascript').glob('*.js'))
    styles = [extension / 'style.css']
    own_script, own_style = host_folder / 'host.js', host_folder / 'host.css'
    scripts = [*scripts, own_script] if ours_first else [own_script, *scripts]
    styles = [*styles, own_style] if ours_first else [own_style, *styles]
    script = ''.join(
        f'<script type="text/javascript" src="{escape(_address(gradio, file))}"></script>'
        for file in scripts
    )
    style = ''.join(
        f'<link rel="stylesheet" property="stylesheet" href="{escape(_address(gradio, file))}">'
        for file in styles
    )
    templates = gradio.routes.templates
    original = getattr(templates, 'of_gradio', templates.TemplateResponse)
    templates.of_gradio = original

    def respond(*arguments, **named):
        answer = original(*arguments, **named)
        answer.body = answer.body.replace(b'</head>', f'{script}</head>'.encode())
        answer.body = answer.body.replace(b'</body>', f'{style}</body>'.encode())
        answer.init_headers()
        return answer

    templates.TemplateResponse = respond


def _address(gradio, file):
    begin = 'gradio_api/file=' if int(gradio.__version__.split('.')[0]) >= 5 else 'file='
    return f'{begin}{file}?{file.stat().st_mtime}'
