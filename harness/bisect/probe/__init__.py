"""One probe of a search: a point, what is traced of it, and how it is judged."""
