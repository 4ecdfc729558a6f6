# -*- coding: utf-8 -*-
"""Civitai Shortcut: opens the page; ``python main.py --help`` lists the other commands."""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(ROOT, 'scripts'))

from civitai_manager_libs import bootstrap  # noqa: E402

if __name__ == '__main__':
    bootstrap.run(ROOT)
    from civitai_manager_libs.cli import main  # only now is everything installed that it imports

    sys.exit(main())
