"""Files that others wrote: how their text is stored, what their columns mean, and the movements in them."""
