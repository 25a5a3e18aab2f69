"""
Which change broke it: searches over two setups or a history, through the real pipeline, to an answer with evidence.

The searches themselves are pure and live in `harness.bisection`. Here are the points they probe (`differences`,
`history`, and for that `environments` and `commits`), the oracle (`probing`, `criterion`), and the answer (`record`,
`words`, `terminal`, `page`).
"""
