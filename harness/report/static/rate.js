"use strict";

/* Ratings of several setups on one clip, with hidden reference and anchor (ITU-R BS.1534). */
report.rateView = (() => {
  const { make, byId, overview } = report;
  const MOST = 8;
  const GRADES = ["bad", "poor", "fair", "good", "excellent"];
  const trials = []; // all that were finished since the page was opened
  let sounds = null;
  let session = null;

  function open(utterance) {
    close();
    byId("rate-utterance").replaceChildren(...overview.utterances.map((id) => make("option", { value: id, selected: id === utterance }, id)));
    choices(utterance);
    problem(overview.speech[utterance]?.anchor ? null : "This clip has no anchor: the report makes them for the first clips of a run only, and not where the speech was not kept.");
    step("rate-setup");
  }

  function choices(utterance) {
    const there = overview.setups.map((setup) => [setup, report.number(setup, utterance)]).filter(([, number]) => number !== undefined);
    const first = new Set([...there.filter(([setup]) => overview.references[overview.setups.indexOf(setup)] === null),
      ...there.filter(([, number]) => !["identical", "undefined"].includes(overview.cells[number][2]))].slice(0, 6).map(([setup]) => setup));
    byId("rate-setups").replaceChildren(...there.map(([setup, number]) => make("label", { class: "plain" },
      make("input", { type: "checkbox", name: "setup", value: number, checked: first.has(setup) }), report.bidi(setup))));
  }

  function close() {
    sounds?.close();
    sounds = session = null;
  }

  function step(id) {
    for (const part of ["rate-setup", "rate-trial", "rate-result"]) byId(part).hidden = part !== id;
  }

  function problem(text) {
    byId("rate-problem").hidden = text === null;
    byId("rate-problem").textContent = text ?? "";
  }

  async function start() {
    const utterance = byId("rate-utterance").value;
    const speech = overview.speech[utterance];
    const numbers = [...byId("rate-setups").querySelectorAll(":checked")].map((box) => Number(box.value));
    if (!speech?.anchor) return problem("This clip has no anchor, so it cannot be rated.");
    if (!numbers.length || numbers.length > MOST) return problem(`Choose 1 to ${MOST} setups.`);
    const cells = await Promise.all(numbers.map((number) => report.cell(number)));
    const stimuli = [{ name: "hidden reference", role: "reference", source: speech.speech }, { name: "anchor, 3.5 kHz", role: "anchor", source: speech.anchor }];
    for (const cell of cells) {
      const source = cell.sources.find(({ id }) => id === "decoded");
      if (!source?.src) continue;
      const same = stimuli.find((one) => one.source.src === source.src);
      if (same) same.same = [...(same.same ?? []), cell.setup];
      else stimuli.push({ name: cell.setup, role: "setup", source });
    }
    if (stimuli.length < 3) return problem("No audio was kept of these setups for this clip, or all of it is the uncoded speech.");
    problem(null);
    for (let n = stimuli.length - 1; n > 0; n -= 1) {
      const other = Math.floor((crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32) * (n + 1));
      [stimuli[n], stimuli[other]] = [stimuli[other], stimuli[n]];
    }
    session = { utterance, stimuli, scores: stimuli.map(() => null), hearing: null, began: performance.now(), matched: byId("rate-level").checked };
    session.heard = new report.Heard(answerable);
    sounds = new report.Sounds([speech.speech, ...stimuli.map(({ source }) => source)], (what) => what === "moved" && session && session.heard.tick(session.hearing, sounds.playing));
    sounds.looping = byId("rate-loop").checked;
    sounds.matched = session.matched;
    sounds.volume = Number(byId("rate-volume").value);
    sounds.levels();
    const spoken = speech.said;
    byId("rate-clip").replaceChildren(report.bidi(utterance), spoken ? ": \u201c" : "", report.bidi(spoken), spoken ? "\u201d" : "");
    byId("rate-sounds").replaceChildren(...stimuli.map((_, n) => row(n)));
    answerable();
    step("rate-trial");
    return undefined;
  }

  function row(n) {
    const name = String.fromCharCode(65 + n);
    const said = make("output", {}, "not rated");
    const slider = make("input", {
      type: "range", min: 0, max: 100, step: 1, value: 50, "aria-label": `Rating of sound ${name}, 0 to 100`,
      oninput: () => {
        session.scores[n] = Number(slider.value);
        said.textContent = `${slider.value}, ${GRADES[Math.min(4, Math.floor(session.scores[n] / 20))]}`;
        answerable();
      },
    });
    return make("li", {}, make("button", { type: "button", "data-sound": n + 1, "aria-pressed": "false", onclick: () => hear(n + 1) }, name), slider, said);
  }

  function hear(index) {
    session.hearing = index;
    sounds.hear(index);
    if (!sounds.playing) sounds.play();
    byId("rate-reference").setAttribute("aria-pressed", String(index === 0));
    for (const button of byId("rate-sounds").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.sound) === index));
    }
  }

  function answerable() {
    const unheard = session.stimuli.filter((_, n) => !session.heard.has(n + 1)).length + (session.heard.has(0) ? 0 : 1);
    const unrated = session.scores.filter((score) => score === null).length;
    byId("rate-done").disabled = unheard + unrated > 0;
    byId("rate-wanted").textContent = unheard ? `Hear the reference and each sound first: ${unheard} to go.` : unrated ? `${unrated} are not rated yet.` : "";
  }

  function finish() {
    if (byId("rate-done").disabled) return;
    sounds.pause();
    const { stimuli, scores, utterance, began, matched } = session;
    const ratings = stimuli.map(({ name, role, same }, n) => ({ name, role, same_output_as: same ?? [], score: scores[n], place: n + 1 }));
    trials.push({ utterance, level_matched: matched, seconds: Math.round(performance.now() - began) / 1000, ratings });
    const result = { kind: "codec-harness rating", run: overview.label, listener: byId("rate-listener").value.trim(), anchor_hz: 3500, trials, made: new Date().toISOString() };
    const hidden = ratings.find(({ role }) => role === "reference").score;
    byId("rate-said").textContent = `The hidden reference was rated ${hidden}. ${hidden < 90 ? "Below 90, this clip does not count for you by BS.1534." : ""} ${trials.length} clip${trials.length === 1 ? "" : "s"} rated so far.`;
    byId("rate-table").replaceChildren(
      make("thead", {}, make("tr", {}, ["sound", "rating", "also the output of"].map((head, n) => make("th", { scope: "col", class: n === 1 ? "number" : null }, head)))),
      make("tbody", {}, [...ratings].sort((x, y) => y.score - x.score).map(({ name, score, same_output_as: same }) => make("tr", {}, make("th", { scope: "row" }, report.bidi(name)), make("td", { class: "number" }, String(score)), make("td", {}, same.join(", "))))),
    );
    report.offer("rate-export", result);
    report.rateResult = result;
    step("rate-result");
    byId("rate-export").focus();
  }

  byId("rate-form").addEventListener("submit", (event) => { event.preventDefault(); start(); });
  byId("rate-utterance").addEventListener("change", (event) => choices(event.target.value));
  byId("rate-reference").addEventListener("click", () => hear(0));
  byId("rate-loop").addEventListener("change", (event) => { if (sounds) sounds.looping = event.target.checked; });
  byId("rate-volume").addEventListener("input", (event) => { if (sounds) { sounds.volume = Number(event.target.value); sounds.levels(); } });
  byId("rate-done").addEventListener("click", finish);
  byId("rate-again").addEventListener("click", () => {
    close();
    step("rate-setup");
  });

  function key(event) {
    if (!session || byId("rate-trial").hidden) return false;
    const letter = event.key.toLowerCase();
    const index = letter === "r" ? 0 : letter.length === 1 ? letter.charCodeAt(0) - 96 : NaN; // as the buttons are called
    if (index >= 0 && index <= session.stimuli.length) hear(index);
    else if (letter === " " && !event.target.closest?.("button")) sounds.toggle();
    else return false;
    return true;
  }

  return { open, close, key, get session() { return session; }, get sounds() { return sounds; } };
})();
