"""
Which change broke it: searches over two setups or a history, through the real pipeline, to an answer with evidence.

The searches themselves are pure and live in `search`. What they probe is in `probe` and `history`, the answer in
`answer`.
"""
