"use strict";

/*
 * Addresses: #cell=SETUP/UTTERANCE, #setup=NAME, #listen=SETUP/UTTERANCE, #rate=UTTERANCE, #compare, #about; anything
 * else is the overview, with what the matrix shows.
 */
{
  const { byId, overview } = report;
  const views = [...document.querySelectorAll("main > .view")];
  let last = null;

  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return text; }
  };

  /* Names may hold slashes, and a link written by hand may hold them bare: try every cut. */
  function findCell(text) {
    for (let cut = text.indexOf("/"); cut >= 0; cut = text.indexOf("/", cut + 1)) {
      const number = report.number(decode(text.slice(0, cut)), decode(text.slice(cut + 1)));
      if (number !== undefined) return number;
    }
    return undefined;
  }

  function target() {
    const hash = location.hash.slice(1);
    const cut = hash.indexOf("=");
    const [kind, rest] = cut < 0 ? [hash, ""] : [hash.slice(0, cut), hash.slice(cut + 1)];
    if (kind === "cell" || kind === "listen") {
      const number = findCell(rest);
      if (number !== undefined) return { view: kind, number };
      report.announce(`This run has no cell ${decode(rest)}`);
    }
    if (kind === "setup") {
      const index = overview.setups.indexOf(decode(rest));
      if (index >= 0) return { view: `setup-${index}`, index };
      report.announce(`This run has no setup ${decode(rest)}`);
    }
    if (kind === "rate") {
      if (overview.utterances.includes(decode(rest))) return { view: "rate", utterance: decode(rest) };
      report.announce(`This run has no utterance ${decode(rest)}`);
    }
    if (["compare", "about"].includes(kind) && byId(kind)) return { view: kind };
    return { view: "overview", shows: hash };
  }

  function go() {
    if (["#main", "#every-cells"].includes(location.hash)) return; // places in the page, not views
    const wanted = target();
    report.cellView.close();
    report.listenView.close();
    report.rateView.close();
    report.preview.close();
    report.preview.silence();
    for (const view of views) view.hidden = view.id !== wanted.view;
    if (wanted.view === "cell") report.cellView.open(wanted.number);
    if (wanted.view === "listen") report.listenView.open(wanted.number);
    if (wanted.view === "rate") report.rateView.open(wanted.utterance);
    if (wanted.shows !== undefined) report.matrix.show(wanted.shows);
    report.preview.of(byId(wanted.view));
    if (wanted.index !== undefined) report.setupView.open(wanted.index);
    const heading = byId(wanted.view).querySelector("h1");
    document.title = `${heading.textContent} \u2013 ${overview.name}`;
    if (last !== null) {
      window.scrollTo(0, 0);
      heading.focus({ preventScroll: true });
      if (wanted.view === "overview" && last.number !== undefined) report.matrix.focus?.(last.number);
    }
    last = wanted;
  }

  document.addEventListener("keydown", (event) => {
    if (report.typing(event) || document.querySelector("dialog[open]")) {
      if (event.key === "Escape" && event.target.id === "search") event.target.blur();
      return;
    }
    const view = views.find((section) => !section.hidden);
    const ours = report.preview.key(event) || (view.id === "cell" && report.cellView.key(event)) || (view.id === "listen" && report.listenView.key(event)) ||
      (view.id === "rate" && report.rateView.key(event));
    const general = {
      "?": () => byId("keys").showModal(),
      "/": () => { home(); setTimeout(report.matrix.focusSearch); },
      n: () => failing(),
      Escape: () => { if (view.id !== "overview") home(); },
    };
    if (!ours && general[event.key]) general[event.key]();
    if (ours || (general[event.key] && event.key !== "Escape")) event.preventDefault();
  });

  function home() {
    if (location.hash !== (report.matrix.home?.() ?? "#")) location.hash = report.matrix.home?.() ?? "";
  }

  function failing() {
    const list = report.matrix.failing?.() ?? [];
    if (!list.length) return;
    const next = list[(list.indexOf(report.cellView.number) + 1) % list.length];
    location.hash = report.address("cell", ...overview.cells[next].slice(0, 2));
  }

  addEventListener("hashchange", go);
  go();
}
