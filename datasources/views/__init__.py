"""The pages of sources and files."""
