"use strict";

/*
 * Hear and see a cell where it is named: pictures of reference and output on one clock, with the first difference, and
 * a player. Where `data-preview` names a cell it stands in the page; for tiles and play buttons it is a card beside them.
 */
report.preview = (() => {
  const { make, byId } = report;
  let ear = null; // what plays: { sounds, number, stop }

  function silence() {
    ear?.sounds.close();
    ear?.shown();
    ear = null;
  }

  /* Fill *box* with the cell; *brief* leaves its name and reason in, for a card away from its row. */
  async function fill(box, number, brief = false) {
    const [setup, utterance] = report.overview.cells[number];
    let cell;
    box.wanted = number;
    try {
      cell = await report.cell(number);
    } catch (error) {
      box.replaceChildren(make("p", { class: "notice" }, `This cell's data cannot be read: ${error.message}.`));
      return;
    }
    if (box.wanted !== number) return; // another was asked for meanwhile
    const wanted = cell.sources.filter(({ id }) => id === (cell.isReference ? "speech" : "reference") || id === "decoded");
    const sounds = wanted.filter((source) => source.src);
    const longest = Math.max(0.01, ...sounds.map((source) => source.seconds));
    const heads = [];
    const buttons = sounds.map((source) => make("button", { type: "button", "aria-pressed": "false", onclick: () => play(source) }, label(source, false)));
    const pictures = wanted.map((source) => {
      const head = make("i", { class: "head", hidden: true });
      heads.push(head);
      return make("div", { class: "strip-picture", onclick: (event) => play(source, seconds(event)) },
        source.picture ? make("img", { src: source.picture, alt: `Spectrogram of ${source.label.toLowerCase()}`, style: `width:${(100 * source.seconds) / longest}%` })
          : make("span", { class: "none" }, source.missing ?? "no picture"),
        make("b", {}, source.label),
        cell.firstSeconds !== null ? make("i", { class: "first", style: `left:${(100 * cell.firstSeconds) / longest}%` }) : null, head);
    });
    const seconds = (event) => {
      const frame = event.currentTarget.getBoundingClientRect();
      return (longest * (event.clientX - frame.left)) / frame.width;
    };
    const decoded = sounds.find(({ id }) => id === "decoded");
    const from = cell.firstSeconds !== null && cell.firstSeconds > 0.5 && decoded
      ? make("button", { type: "button", onclick: () => play(decoded, cell.firstSeconds - 0.4) }, `from where it begins, ${cell.firstSeconds.toFixed(2)} s`) : null;
    box.replaceChildren(
      ...(brief ? [make("p", { class: "who" }, make("span", { class: `chip v-${cell.verdict}` }, cell.verdict), make("span", {}, report.bidi(setup), " \u00b7 ", report.bidi(utterance))),
        make("p", { class: "why", dir: "auto" }, cell.reasons[0] ?? "")] : []),
      ...pictures,
      make("p", { class: "controls", role: "group", "aria-label": `Players of ${setup}, ${utterance}` }, buttons, from,
        sounds.length ? null : "No audio was kept for this cell."),
    );

    function label(source, playing) {
      return [make("span", { "aria-hidden": "true" }, playing ? "\u23f8\ufe0e" : "\u25b6\ufe0e"), ` ${source.label}`];
    }

    function show() {
      const playing = ear?.box === box && ear.sounds.playing ? ear.sounds.sources[ear.sounds.chosen] : null;
      buttons.forEach((button, n) => {
        button.setAttribute("aria-pressed", String(sounds[n] === playing));
        button.replaceChildren(...label(sounds[n], sounds[n] === playing));
      });
      for (const head of heads) {
        head.hidden = playing === null;
        if (playing !== null) head.style.left = `${(100 * ear.sounds.time) / longest}%`;
      }
    }

    function heard(what, broken) {
      if (what === "broken") report.announce(`${broken.label} cannot be played`);
      else if (ear?.box === box) show();
    }

    function play(source, at = null) {
      if (!source.src) return;
      if (ear?.box !== box) {
        silence();
        ear = { box, shown: show, sounds: new report.Sounds(sounds, heard) };
        ear.sounds.matched = false; // as it is: a level that changed is heard
        ear.sounds.levels();
      }
      const index = sounds.indexOf(source);
      if (ear.sounds.playing && ear.sounds.chosen === index && at === null) {
        ear.sounds.pause();
        return;
      }
      ear.sounds.hear(index);
      if (at !== null) ear.sounds.seek(Math.max(0, at));
      if (!ear.sounds.playing) ear.sounds.play();
    }

    box.toggle = () => decoded && play(decoded);
    box.swap = () => {
      const now = ear?.box === box ? ear.sounds.chosen : -1;
      if (sounds.length) play(sounds[(now + 1) % sounds.length]);
    };
  }

  /* Fill the previews of a view, once. */
  function of(view) {
    for (const box of view.querySelectorAll("[data-preview]:empty")) fill(box, Number(box.dataset.preview));
  }

  const card = byId("card");
  let anchor = null;
  let timer = null;

  async function open(element) {
    clearTimeout(timer);
    if (anchor === element) return;
    anchor = element;
    if (ear?.box === card) silence();
    await fill(card, Number(element.dataset.cell), true);
    if (anchor !== element) return;
    card.hidden = false;
    const place = element.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    card.style.left = `${scrollX + Math.max(8, Math.min(place.left, room - width - 8))}px`;
    card.style.top = `${scrollY + (place.bottom + height + 8 > innerHeight && place.top > height ? place.top - height - 6 : place.bottom + 6)}px`;
  }

  function close() {
    clearTimeout(timer);
    if (ear?.box === card) silence();
    anchor = null;
    card.hidden = true;
  }

  const soon = (act, wait) => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
  const wanted = (event) => event.target.closest?.("a.tile[data-cell], button.hear");

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const element = wanted(event);
    if (element) soon(() => open(element), 250);
    else if (card.contains(event.target)) clearTimeout(timer);
    else if (anchor && document.activeElement !== anchor && !card.contains(document.activeElement)) soon(close, 350);
  });
  document.addEventListener("focusin", (event) => {
    const element = wanted(event);
    if (element?.matches(":focus-visible")) open(element);
    else if (!element && anchor && !card.contains(event.target)) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (anchor && !card.contains(event.target) && !wanted(event)) close();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button.hear");
    if (!button) return;
    await open(button);
    card.toggle?.();
  });

  /* Keys while a tile or a play button has the focus, or its card is open; returns true if the key was ours. */
  function key(event) {
    if (card.hidden) return false;
    const onTile = event.target.matches?.("a.tile");
    if (event.key === "Escape") close();
    else if (event.key === " " && onTile) card.toggle?.();
    else if (event.key.toLowerCase() === "x") card.swap?.();
    else return false;
    return true;
  }

  return { of, close, key, silence, get sounds() { return ear?.sounds ?? null; } };
})();
