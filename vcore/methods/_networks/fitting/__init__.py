"""Fitting of networks: device and optimiser loop. Needs torch, unlike decoding."""
