"""Fitting networks: device, optimiser loop, weights as bytes. Needs torch, unlike decoding."""
