"""Folders to save in, and what is remembered of them as long as a test lasts."""

from civitai_manager_libs.library.save_places import SavePlaces


class Remembering(dict):
    """What a person had set the page to, without a database."""

    def remember(self, name, value):
        self[name] = value

    def recall(self, name):
        return self.get(name)


def save_places(rules):
    """Places under ``rules()``."""
    return SavePlaces(rules, Remembering())
