"""Rendering of image collections: what is rendered, from where, and how it is written.

- ``subject``: the contract of what is rendered; ``volume`` is the one of volumes.
- ``views``: from where: cameras on a turntable, image size.
- ``database``: how it is written: a resumable Cinema database, read as an image collection.
- ``run``: renders a subject from every view, in worker processes.
"""
