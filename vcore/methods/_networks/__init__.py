"""Shared parts of the trained methods: fitting, pruning and weight sharing, coded weights."""
