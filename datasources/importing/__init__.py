"""How a source is read: which span of which list comes next, and one slice of it at a time."""
