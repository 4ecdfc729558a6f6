"""Options of a host, as an extension meets them: ``shared.opts`` and ``shared.OptionInfo``."""

import json
import traceback


class OptionInfo:
    """One option; ``component_args`` may be a function, which is called while the page is built."""

    def __init__(
        self,
        default=None,
        label='',
        component=None,
        component_args=None,
        onchange=None,
        section=None,
        refresh=None,
    ):
        self.default = default
        self.label = label
        self.component = component
        self.component_args = component_args
        self.onchange = onchange
        self.section = section
        self.refresh = refresh

    def info(self, text):
        self.label += f' ({text})'
        return self


class Options:
    """The values by key; one that was neither saved nor added is no attribute."""

    def __init__(self, file, labels):
        self.__dict__.update(data={}, data_labels=labels, file=file)
        for key, info in labels.items():
            self.data[key] = info.default

    def __getattr__(self, name):
        if name in self.data:
            return self.data[name]
        if name in self.data_labels:
            return self.data_labels[name].default
        raise AttributeError(name)

    def __setattr__(self, name, value):
        if name not in self.data and name not in self.data_labels:
            object.__setattr__(self, name, value)
        else:
            self.data[name] = value

    def add_option(self, key, info):
        self.data_labels[key] = info
        self.data.setdefault(key, info.default)

    def set(self, key, value, *more, **named):
        """Whether the value is another one now; the option's own function hears of it."""
        before = self.data.get(key)
        if before == value:
            return False
        self.data[key] = value
        info = self.data_labels.get(key)
        if info is not None and info.onchange is not None:
            try:
                info.onchange()
            except Exception:
                traceback.print_exc()
                self.data[key] = before
                return False
        return True

    def save(self, file=None, *more, **named):
        (self.file if file is None else type(self.file)(file)).write_text(json.dumps(self.data))

    def on_a_new_page(self, key):
        """What the control of ``key`` is told when a page is loaded: its value first, and only then
        what else it gets, in the order of A1111.
        """
        value, given = getattr(self, key), self.data_labels[key].component_args
        named = (given() if callable(given) else given) or {}
        return {**{name: one for name, one in named.items() if name != 'precision'}, 'value': value}

    def load(self, file=None):
        if self.file.is_file():
            self.data.update(json.loads(self.file.read_text()))

    def onchange(self, key, function, call=True):
        self.data_labels[key].onchange = function
