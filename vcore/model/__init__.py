"""What a volume is: grid, variables, regions, budgets."""
