"""What a WebUI loads (docs/hosts.md); everything else is the package beside this file."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
try:
    from civitai_manager_libs.host.webui_start import start
finally:
    sys.path.remove(HERE)

start('civitai_manager_libs.faces.extension')
