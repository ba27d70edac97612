"""Speed and size, measured apart from the tests: figures depend on the machine, ratios of one run less so."""
