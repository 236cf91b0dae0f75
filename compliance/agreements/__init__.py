"""The data processing agreement: its text, who may sign it, and the way from the form to two signatures."""
