"""Known ways to break the product, each a patch that the tests must notice."""
