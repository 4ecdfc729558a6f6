"""Runs the stand-in of a WebUI host with the extension in it, on the Gradio of this interpreter.

``python -m tests.support.webui.run --flavour a1111 --data DIR --port N`` prints its address once it
serves. ``POST /reload`` does a Reload UI, ``GET /standin`` gives what the host was asked to do and
how often it built its page, ``POST /standin/exit`` ends it as hosts end on Ctrl-C: at once.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

from .flavours import FLAVOURS
from .host_modules import Host
from .loading import inject, load_scripts
from .pages import build

REPOSITORY = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
_DEMO = (
    'import sys; sys.path.insert(0, "scripts")\n'
    'from civitai_manager_libs.demo import DemoCatalogue\n'
    'with DemoCatalogue() as demo:\n'
    '    print(demo.base_url, flush=True); sys.stdin.read()\n'
)


def main():
    arguments = read_arguments()
    os.environ.setdefault('GRADIO_ANALYTICS_ENABLED', 'False')
    child = start_demo() if arguments.demo else None
    root = Path(arguments.data).absolute()
    root.mkdir(parents=True, exist_ok=True)
    extension = place_extension(root, Path(arguments.extension).absolute())
    import gradio  # takes seconds: not before the arguments are known to be right

    # Gradio gives up when a busy machine does not answer it within seconds.
    gradio.networking.url_ok = lambda address: True
    os.chdir(root)
    sys.path[:] = [str(root), *(path for path in sys.path if path not in ('', str(REPOSITORY)))]
    sys.modules.update(dict.fromkeys(arguments.without))  # to Python these are not installed
    host = Host(FLAVOURS[arguments.flavour], root, gradio, arguments)
    server = Server(host, extension, arguments)
    try:
        server.run()
    finally:
        if child is not None:
            child.stdin.close()


def read_arguments():
    parser = argparse.ArgumentParser(prog='tests.support.webui.run')
    parser.add_argument('--flavour', choices=FLAVOURS, default='a1111')
    parser.add_argument('--data', required=True, help='the folder of the host')
    parser.add_argument('--port', type=int, default=7860)
    parser.add_argument('--extension', default=str(REPOSITORY))
    parser.add_argument('--demo', action='store_true', help='with a catalogue of its own')
    parser.add_argument('--subpath')
    parser.add_argument('--auth', dest='gradio_auth', metavar='USER:PASS')
    parser.add_argument('--listen', action='store_true')
    parser.add_argument('--tls', nargs=2, metavar=('CERT', 'KEY'))
    parser.add_argument('--nowebui', action='store_true')
    parser.add_argument('--without', action='append', default=[], help='a package that is missing')
    parser.add_argument('--language', help='the localization chosen in the host')
    parser.add_argument('--lacks', action='append', default=[], help='a module of the host')
    parser.add_argument('--ours-first', action='store_true', help='our style before the host\'s')
    for name in ('ckpt', 'vae', 'lora'):
        parser.add_argument(f'--{name}-dir')
        parser.add_argument(f'--{name}-dirs', action='append')
    return parser.parse_args()


def start_demo():
    """The demo catalogue in a process of its own, so that nothing of ours is loaded in this one."""
    child = subprocess.Popen(
        [sys.executable, '-c', _DEMO],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding='utf-8',
    )
    os.environ['CIVITAI_SHORTCUT_CIVITAI_BASE_URL'] = child.stdout.readline().strip()
    return child


def place_extension(root, extension):
    """The extension where hosts have it, as a link to where it really lies."""
    place = root / 'extensions' / 'civitai-shortcut'
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        place.symlink_to(extension, target_is_directory=True)
    for name in ('host.js', 'host.css'):
        (root / name).write_text((HERE / name).read_text())
    return place


class Server:
    """Builds the page and serves it, again and again until the process ends."""

    def __init__(self, host, extension, arguments):
        self.host, self.extension, self.arguments = host, extension, arguments
        self.boots = 0
        self.again = threading.Event()

    def run(self):
        while True:
            if self.host.flavour.worker:
                building = threading.Thread(target=self._start_beside)
                building.start()
                building.join()
            else:
                self._start()
            while not self.again.wait(0.5):
                pass
            self.again.clear()
            time.sleep(0.3)  # the answer to who asked for it goes out first
            self._call('script_unloaded')
            if self.page is not None:
                self.page.close(verbose=False)
            self.host.forget_callbacks()

    def _start_beside(self):
        # Hosts let each thread have an event loop; without one Gradio's queue cannot begin.
        asyncio.set_event_loop(asyncio.new_event_loop())
        self._start()

    def _start(self):
        self._load()
        arguments = self.arguments
        if arguments.nowebui:
            self.page = None
            self._call('app_started', None, self.host.gradio.routes.App())
            print('no page', flush=True)
            return
        self._call('before_ui')
        self._call('ui_settings')
        _, whole = build(self.host, self._tabs)
        inject(self.host.gradio, self.host.root, self.extension, arguments.ours_first)
        self.page = whole()
        self.page.queue(64)
        tls = arguments.tls or (None, None)
        auth = [tuple(arguments.gradio_auth.split(':', 1))] if arguments.gradio_auth else None
        application, address, _ = self.page.launch(
            server_name='0.0.0.0' if arguments.listen else None,
            server_port=arguments.port,
            ssl_certfile=tls[0],
            ssl_keyfile=tls[1],
            ssl_verify=False,
            auth=auth,
            prevent_thread_lock=True,
            quiet=True,
            show_error=True,
            inbrowser=False,
            root_path=arguments.subpath,
            allowed_paths=[str(self.host.root), str(self.extension.resolve())],
        )
        self._own_routes(application)
        self._call('app_started', self.page, application)
        self.boots += 1
        print(f'{address} {self.boots}', flush=True)

    def _load(self):
        try:
            load_scripts(self.extension)
        except Exception:
            traceback.print_exc()

    def _tabs(self):
        return [tab for tabs in self._call('ui_tabs') for tab in tabs or ()]

    def _call(self, name, *arguments):
        results = []
        for callback in list(self.host.callbacks[name]):
            try:
                results.append(callback(*arguments))
            except Exception:
                print(f'!!! a callback of {name} raised', flush=True)
                traceback.print_exc()
        return results

    def _own_routes(self, application):
        routes = application.router.routes
        before = len(routes)

        def state():
            return {
                'boots': self.boots,
                'asked': self.host.asked,
                'options': self.host.opts.data,
                'routes': [
                    (method, route.path)
                    for route in routes
                    for method in getattr(route, 'methods', None) or ()
                ],
                'threads': sorted(thread.name for thread in threading.enumerate()),
            }

        def reload():
            self.again.set()
            return {'boots': self.boots}

        def end():
            os._exit(0)

        application.add_api_route('/standin', state, methods=['GET'])
        application.add_api_route('/reload', reload, methods=['POST'])
        application.add_api_route('/standin/exit', end, methods=['POST'])
        routes[:] = [*routes[before:], *routes[:before]]


if __name__ == '__main__':
    main()
