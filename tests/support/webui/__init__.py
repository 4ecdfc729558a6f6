"""A stand-in for the WebUI hosts, written from what was measured in real ones (hosts.md): it loads
the extension as they do, on the Gradio that runs it. See :mod:`.run`.
"""
