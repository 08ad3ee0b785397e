"""Data model: grid, volume, variables, regions, budgets."""
