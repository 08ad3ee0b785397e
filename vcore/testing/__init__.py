"""Contract suites for methods, readers and datasets: subclass one in your own tests."""
