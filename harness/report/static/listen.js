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
    sounds = new report.Sounds([a, b]);
    sounds.looping = true;
    session = { a, b, order: [...draw].map((byte) => (byte & 1 ? "b" : "a")), trials: [], began: performance.now() };
    step("listen-trial");
    next();
  }

  function next() {
    session.began = performance.now();
    byId("listen-progress").textContent = `Trial ${session.trials.length + 1} of ${session.order.length}`;
    sounds.seek(0);
    hear("x");
  }

  function hear(which) {
    const real = which === "x" ? session.order[session.trials.length] : which;
    sounds.hear(real === "a" ? 0 : 1);
    if (!sounds.playing) sounds.play();
    for (const button of byId("listen-trial").querySelectorAll("[data-hear]")) {
      button.setAttribute("aria-pressed", String(button.dataset.hear === which));
    }
  }

  function answer(given) {
    const truth = session.order[session.trials.length];
    session.trials.push({ truth, given, right: truth === given, seconds: Math.round(performance.now() - session.began) / 1000 });
    if (session.trials.length < session.order.length) next();
    else finish();
  }

  function finish() {
    sounds.pause();
    const { trials, a, b } = session;
    const correct = trials.filter((trial) => trial.right).length;
    const p = report.chance(correct, trials.length);
    const result = {
      kind: "codec-harness abx", run: report.overview.name, setup: cell.setup, utterance: cell.utterance,
      a: a.id, b: b.id, level_matched: true, correct, trials: trials.length, p_value: p, answers: trials, made: new Date().toISOString(),
    };
    byId("listen-said").textContent = `${correct} of ${trials.length} right. Guessing does this well with probability ${p.toPrecision(3)}: ` +
      (p <= 0.05 ? "you hear a difference." : "no evidence that you hear a difference.");
    byId("listen-table").replaceChildren(
      make("thead", {}, make("tr", {}, ["trial", "X was", "you said", "", "seconds"].map((name) => make(name ? "th" : "td", name ? { scope: "col" } : {}, name)))),
      make("tbody", {}, trials.map((trial, n) => make("tr", {}, [n + 1, trial.truth.toUpperCase(), trial.given.toUpperCase(), trial.right ? "right" : "wrong", trial.seconds.toFixed(1)]
        .map((value) => make("td", {}, String(value)))))),
    );
    if (report.exported) URL.revokeObjectURL(report.exported);
    report.exported = URL.createObjectURL(new Blob([JSON.stringify(result, null, 1)], { type: "application/json" }));
    byId("listen-export").href = report.exported;
    report.abxResult = result;
    step("listen-result");
    byId("listen-export").focus();
  }

  byId("listen-form").addEventListener("submit", (event) => { event.preventDefault(); start(); });
  byId("listen-again").addEventListener("click", () => { sounds?.close(); step("listen-setup"); });
  byId("listen-trial").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.hear) hear(button.dataset.hear);
    if (button?.dataset.answer) answer(button.dataset.answer);
  });

  function key(event) {
    if (!session || byId("listen-trial").hidden) return false;
    const letter = event.key.toLowerCase();
    if ("abx".includes(letter)) hear(letter);
    else if (letter === "1" || letter === "2") answer(letter === "1" ? "a" : "b");
    else if (letter === " " && !event.target.closest?.("button")) sounds.toggle();
    else return false;
    return true;
  }

  return { open, close, key, get session() { return session; }, get sounds() { return sounds; } };
})();
