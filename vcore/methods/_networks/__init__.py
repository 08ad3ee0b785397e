"""What methods that train have in common: fitting, shrinking, coded weights."""
