"""The laws of a streaming codec, checked one by one against an adapter; `card.check` runs them."""
