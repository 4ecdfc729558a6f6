"""The one way a picture or video of the gallery is fetched: when, how, whether it is whole."""
