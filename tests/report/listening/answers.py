"""Results of listening tests as the page saves them."""

CELL = {"run": "sample", "setup": "mini/cross-talk", "utterance": "slt-01", "a": "reference", "b": "decoded"}
REST = {"level_matched": True, "made": "2026-01-02T03:04:05Z"}


def abx(right, trials):
    answers = [{"truth": "a", "given": "a" if n < right else "b", "right": True, "seconds": 1.0} for n in range(trials)]
    # What the file counts by itself is wrong here, and is not believed.
    return {"kind": "codec-harness abx", **CELL, **REST, "trials": 99, "correct": 99, "p_value": 0, "answers": answers}


def preference(for_a, for_b, neither):
    said = ["a"] * for_a + ["b"] * for_b + ["none"] * neither
    answers = [{"first": "b", "given": "a", "preferred": one, "seconds": 1.0} for one in said]
    counts = {"trials": 0, "preferred_a": 0, "preferred_b": 0, "no_difference": 0, "p_value": 1}
    return {"kind": "codec-harness preference", **CELL, **REST, **counts, "answers": answers}


def rating(listener, clips):
    trials = [
        {
            "utterance": f"clip-{n}",
            "level_matched": True,
            "seconds": 30,
            "ratings": [
                {"name": name, "role": role, "same_output_as": list(same), "score": score, "place": place}
                for place, (name, role, score, *same) in enumerate(clip)
            ],
        }
        for n, clip in enumerate(clips)
    ]
    made = {"run": "sample", "listener": listener, "anchor_hz": 3500, "made": "2026-01-02T03:04:05Z"}
    return {"kind": "codec-harness rating", **made, "trials": trials}


def clip(good, bad, *, hidden=100, anchor=20):
    sounds = [("hidden reference", "reference", hidden), ("anchor, 3.5 kHz", "anchor", anchor)]
    return [*sounds, ("mini/shared", "setup", good, "mini/cloned-decoder"), ("mini/cross-talk", "setup", bad)]
