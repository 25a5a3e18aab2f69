"use strict";

/*
 * ABX: is there a difference that can be heard? Chance of at least this many right answers by guessing, exactly:
 * the sum over k = correct..n of C(n, k) / 2^n (one-sided binomial).
 */
report.chance = (correct, trials) => {
  let total = 0;
  let ways = 1;
  for (let k = 0; k <= trials; k += 1) {
    if (k >= correct) total += ways;
    ways = (ways * (trials - k)) / (k + 1);
  }
  return total / 2 ** trials;
};

/* Offer *result* as a file behind the link *id*. */
report.offer = (id, result) => {
  const link = report.byId(id);
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([JSON.stringify(result, null, 1)], { type: "application/json" }));
};

/* Which of several sounds were heard, each for at least a moment. */
report.Heard = class {
  constructor(done) {
    Object.assign(this, { done, seconds: new Map(), last: null });
  }

  tick(name, playing) {
    const now = performance.now();
    if (this.last !== null && playing && this.last.name === name) {
      const before = this.seconds.get(name) ?? 0;
      const after = before + Math.min((now - this.last.now) / 1000, 0.1);
      this.seconds.set(name, after);
      if (before < 0.2 && after >= 0.2) this.done();
    }
    this.last = { name, now };
  }

  has(name) {
    return (this.seconds.get(name) ?? 0) >= 0.2;
  }
};

report.listenView = (() => {
  const { make, byId } = report;
  let cell = null;
  let sounds = null;
  let session = null;

  async function open(number) {
    close();
    cell = await report.cell(number);
    const back = byId("listen-back");
    back.href = report.address("cell", cell.setup, cell.utterance);
    back.replaceChildren(report.bidi(cell.setup), " \u00b7 ", report.bidi(cell.utterance));
    byId("listen-clip").replaceChildren(report.bidi(cell.utterance), ...(cell.said ? [": \u201c", report.bidi(cell.said), "\u201d"] : []));
    const playable = cell.sources.filter((source) => source.src);
    const defaults = [["reference", "baseline", "speech"], ["decoded"]]
      .map((ids) => ids.find((id) => playable.some((source) => source.id === id)));
    ["listen-a", "listen-b"].forEach((id, n) => {
      byId(id).replaceChildren(...playable.map((source) => make("option", { value: source.id, selected: source.id === defaults[n] }, source.label)));
    });
    problem(playable.length < 2 ? "This cell has fewer than two sounds, so there is nothing to tell apart." : null);
    step("listen-setup");
  }

  function close() {
    sounds?.close();
    sounds = session = null;
  }

  function step(id) {
    for (const part of ["listen-setup", "listen-trial", "listen-result"]) byId(part).hidden = part !== id;
  }

  function problem(text) {
    byId("listen-problem").hidden = text === null;
    byId("listen-problem").textContent = text ?? "";
  }

  const isAbx = () => session.test === "abx";

  function start() {
    const [a, b] = ["listen-a", "listen-b"].map((id) => cell.sources.find((source) => source.id === byId(id).value));
    if (!a || !b || a === b) {
      problem("Choose two different sounds.");
      return;
    }
    if (a.src === b.src) {
      problem("These two sounds are bit for bit the same, so there is nothing to hear.");
      return;
    }
    problem(null);
    const count = Number(byId("listen-count").value);
    const draw = crypto.getRandomValues(new Uint8Array(count));
    sounds = new report.Sounds([a, b], (what) => what === "moved" && session && session.heard.tick(session.hearing, sounds.playing));
    sounds.looping = byId("listen-loop").checked;
    sounds.volume = Number(byId("listen-volume").value);
    sounds.levels();
    const test = new FormData(byId("listen-form")).get("test");
    session = { test, a, b, order: [...draw].map((byte) => (byte & 1 ? "b" : "a")), trials: [], heard: null, hearing: null, began: 0 };
    for (const group of byId("listen-trial").querySelectorAll("[data-test]")) group.hidden = group.dataset.test !== test;
    byId("listen-trial").querySelector("[data-hear=x]").hidden = !isAbx();
    step("listen-trial");
    next();
  }

  function next() {
    session.began = performance.now();
    session.heard = new report.Heard(answerable);
    byId("listen-progress").textContent = `Trial ${session.trials.length + 1} of ${session.order.length}`;
    answerable();
    sounds.seek(0);
    hear(isAbx() ? "x" : "a");
  }

  /* No answer without having heard: X and one of A, B; or both of A and B. */
  function ready() {
    const [a, b, x] = ["a", "b", "x"].map((name) => session.heard.has(name));
    return isAbx() ? x && (a || b) : a && b;
  }

  function answerable() {
    const can = ready();
    for (const button of byId("listen-trial").querySelectorAll("[data-answer]")) button.disabled = !can;
    byId("listen-wanted").textContent = can ? "" : isAbx() ? "Hear X and one of A and B, then answer." : "Hear A and B, then answer.";
  }

  /* X is one of the two sounds; in a test of preference A is. */
  function hear(which) {
    if (which === "x" && !isAbx()) return;
    const drawn = session.order[session.trials.length];
    const swapped = !isAbx() && drawn === "b";
    const real = which === "x" ? drawn : swapped ? { a: "b", b: "a" }[which] : which;
    session.hearing = which;
    sounds.hear(real === "a" ? 0 : 1);
    if (!sounds.playing) sounds.play();
    for (const button of byId("listen-trial").querySelectorAll("[data-hear]")) {
      button.setAttribute("aria-pressed", String(button.dataset.hear === which));
    }
  }

  function answer(given) {
    if (!ready() || (isAbx() && given === "none")) return;
    const drawn = session.order[session.trials.length];
    const seconds = Math.round(performance.now() - session.began) / 1000;
    if (isAbx()) session.trials.push({ truth: drawn, given, right: drawn === given, seconds });
    else {
      const preferred = given === "none" ? "none" : (given === "a") === (drawn === "a") ? "a" : "b";
      session.trials.push({ first: drawn, given, preferred, seconds });
    }
    if (session.trials.length < session.order.length) next();
    else finish();
  }

  function finish() {
    sounds.pause();
    const { trials, a, b, test } = session;
    const result = {
      kind: `codec-harness ${test}`, run: report.overview.label, setup: cell.setup, utterance: cell.utterance,
      a: a.id, b: b.id, level_matched: true, trials: trials.length,
    };
    Object.assign(result, isAbx() ? told() : preferred(), { answers: trials, made: new Date().toISOString() });
    report.offer("listen-export", result);
    report.abxResult = result;
    step("listen-result");
    byId("listen-export").focus();
  }

  function told() {
    const { trials } = session;
    const correct = trials.filter((trial) => trial.right).length;
    const p = report.chance(correct, trials.length);
    byId("listen-said").textContent = `${correct} of ${trials.length} right. Guessing does this well with probability ${p.toPrecision(3)}: ` +
      (p <= 0.05 ? "you hear a difference." : "no evidence that you hear a difference.");
    list(["trial", "X was", "you said", "", "seconds"], trials.map((trial) => [trial.truth.toUpperCase(), trial.given.toUpperCase(), trial.right ? "right" : "wrong", trial.seconds.toFixed(1)]));
    return { correct, p_value: p };
  }

  function preferred() {
    const { trials, a, b } = session;
    const count = (name) => trials.filter((trial) => trial.preferred === name).length;
    const [forA, forB] = [count("a"), count("b")];
    const p = Math.min(1, 2 * report.chance(Math.max(forA, forB), forA + forB));
    byId("listen-said").textContent = `${a.label}: ${forA}, ${b.label}: ${forB}, no difference: ${count("none")}. ` +
      `Without any preference it would be as uneven with probability ${p.toPrecision(3)}.`;
    const names = { a: a.label, b: b.label, none: "no difference" };
    list(["trial", "preferred", "seconds"], trials.map((trial) => [names[trial.preferred], trial.seconds.toFixed(1)]));
    return { preferred_a: forA, preferred_b: forB, no_difference: count("none"), p_value: p };
  }

  function list(heads, rows) {
    byId("listen-table").replaceChildren(
      make("thead", {}, make("tr", {}, heads.map((name) => make(name ? "th" : "td", name ? { scope: "col" } : {}, name)))),
      make("tbody", {}, rows.map((row, n) => make("tr", {}, [n + 1, ...row].map((value) => make("td", {}, String(value)))))),
    );
  }

  byId("listen-form").addEventListener("submit", (event) => { event.preventDefault(); start(); });
  byId("listen-again").addEventListener("click", () => { sounds?.close(); step("listen-setup"); });
  byId("listen-loop").addEventListener("change", (event) => { if (sounds) sounds.looping = event.target.checked; });
  byId("listen-volume").addEventListener("input", (event) => { if (sounds) { sounds.volume = Number(event.target.value); sounds.levels(); } });
  byId("listen-trial").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.hear) hear(button.dataset.hear);
    if (button?.dataset.answer) answer(button.dataset.answer);
  });

  function key(event) {
    if (!session || byId("listen-trial").hidden) return false;
    const letter = event.key.toLowerCase();
    if (["a", "b", "x"].includes(letter)) hear(letter);
    else if (["1", "2", "0"].includes(letter)) answer({ 1: "a", 2: "b", 0: "none" }[letter]);
    else if (letter === "l") byId("listen-loop").click();
    else if (letter === " " && !event.target.closest?.("button")) sounds.toggle();
    else return false;
    return true;
  }

  return { open, close, key, get session() { return session; }, get sounds() { return sounds; } };
})();
