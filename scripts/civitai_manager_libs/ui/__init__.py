"""The page. Only ``kit`` imports Gradio, and only what serves the page imports the page."""

import os

# Gradio reads this when it is imported, so it has to stand before any module here imports it.
os.environ.setdefault('GRADIO_ANALYTICS_ENABLED', 'False')
