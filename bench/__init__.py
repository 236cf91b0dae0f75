"""How fast the product is, beside what others or the machine can do at most: `make bench` (docs/benchmark.md)."""
