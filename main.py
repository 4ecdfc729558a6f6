# -*- coding: utf-8 -*-
"""Civitai Shortcut: opens the page; ``python main.py --help`` lists the other commands."""

import gc
import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(ROOT, 'scripts'))

from civitai_manager_libs import bootstrap  # noqa: E402

if __name__ == '__main__':
    try:
        bootstrap.run(ROOT)
        # Only now is everything installed that it imports. Looking for garbage while loading costs
        # a tenth of the start; the command line turns it on again.
        gc.disable()
        from civitai_manager_libs.cli import main

        code = main()
    except KeyboardInterrupt:  # while all this is still being loaded
        code = 130
    sys.exit(code)
