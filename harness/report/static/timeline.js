"use strict";

report.bytes = (encoded) => Int8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));

/* One vertical scale for all waveforms of a cell, so that they can be compared. */
const drawnOutlines = (cell) => [...cell.sources, cell.difference].filter((source) => source?.outline)
  .map((source) => report.bytes(source.outline).reduce((most, value) => Math.max(most, Math.abs(value)), 0));

/* Lanes on one time axis: words, waveform and spectrogram of each sound, the difference, error per frame, codes. */
report.Timeline = class {
  constructor(box, cell, sounds, readout) {
    Object.assign(this, { box, cell, sounds, readout });
    this.frames = Math.max(cell.errors.length, ...cell.codesDiffer.map((frames) => (frames.at(-1) ?? -1) + 1));
    const drawn = [...cell.sources, cell.difference].filter(Boolean).map((source) => source.seconds ?? 0);
    this.seconds = Math.max(0.01, ...drawn, this.frames * (cell.frameSeconds ?? 0));
    this.head = report.make("div", { class: "head" });
    this.region = report.make("div", { class: "selection", hidden: true });
    this.over = report.make("div", { class: "over", "aria-hidden": "true" }, this.region, this.head);
    box.replaceChildren();
    this.scale = 127 / Math.max(8, ...drawnOutlines(cell));
    this.axis();
    this.first();
    this.heard();
    this.tracks = cell.sources.map((source) => this.sound(source.label, source));
    if (cell.difference) this.sound("Difference", cell.difference, "decoded minus reference setup");
    this.errors();
    this.codes();
    box.append(this.over);
    this.pointer();
    this.update();
  }

  place(seconds) {
    return `${(100 * seconds / this.seconds).toFixed(3)}%`;
  }

  lane(kind, title, note, ...content) {
    const label = report.make("div", { class: title ? "label" : "label bare" }, title ? report.make("b", {}, title) : null, note ?? "");
    const lane = report.make("div", { class: `lane ${kind}` }, ...content);
    this.box.append(label, lane);
    return { label, lane };
  }

  axis() {
    const scrub = report.make("input", {
      type: "range", id: "scrub", min: 0, max: this.seconds.toFixed(3), step: 0.01, value: 0, "aria-label": "Position in seconds",
      oninput: () => this.sounds.seek(Number(scrub.value)),
    });
    this.scrub = scrub;
    const label = report.make("div", { class: "label bare" });
    this.box.append(label, report.make("div", {}, scrub));
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];
    const step = steps.find((size) => this.seconds / size <= 10) ?? 600;
    const { lane } = this.lane("axis", "", "");
    for (let tick = 0; tick < this.seconds * 0.97; tick += step) {
      lane.append(report.make("span", { style: `left:${this.place(tick)}` }, `${+tick.toFixed(1)} s`));
    }
  }

  /* Where it begins: a dashed line through everything, and a button that loops around it. */
  first() {
    const { begins, firstSeconds } = this.cell;
    if (begins === null || firstSeconds === null) return;
    const at = firstSeconds;
    const button = report.make("button", {
      type: "button", id: "first", style: `left:${this.place(at)}`, class: at > this.seconds * 0.5 ? "left" : "",
      title: "Loop around the first differing frame (F)", onclick: () => this.around(at),
    }, `begins at ${at.toFixed(4)} s`, report.make("span", {}, begins.slice(begins.indexOf(" (")))); // the place by sample and frame
    const { lane } = this.lane("mark", "", "");
    lane.append(button);
    this.over.append(report.make("div", { class: "first", style: `left:${this.place(at)}` }));
  }

  around(at) {
    this.select(Math.max(0, at - 0.4), Math.min(this.seconds, at + 0.8));
    this.sounds.looping = true;
    report.byId("loop").checked = true;
    this.sounds.seek(Math.max(0, at - 0.4));
    this.sounds.play();
  }

  heard() {
    const timed = (this.cell.heard?.changes ?? []).filter(([, , heard, start, end]) => heard && start !== null && end !== null);
    if (!timed.length) return;
    const { lane } = this.lane("heard", "Heard", "");
    for (const [kind, said, heard, start, end] of timed) {
      lane.append(report.make("span", {
        class: `word ${kind}`, dir: "auto", style: `left:${this.place(start)};width:${this.place(end - start)}`,
        title: kind === "equal" ? heard : `${kind}: ${said || "nothing"} became ${heard}`,
      }, heard));
    }
  }

  sound(title, source, note) {
    if (!source.picture) {
      const { label, lane } = this.lane("", title, "", report.make("div", { class: "none" }, source.missing ?? "no picture"));
      return { label, lane, id: source.id };
    }
    const width = this.place(source.seconds);
    const wave = report.make("svg", {
      class: "wave", viewBox: "0 0 1 2", preserveAspectRatio: "none", style: `width:${width}`, "aria-hidden": "true",
    }, report.make("path", { d: this.outline(source.outline) }));
    const picture = report.make("img", {
      src: source.picture, alt: `Spectrogram of ${title.toLowerCase()}, 0 to 8 kHz`, style: `width:${width}`, draggable: "false",
    });
    const { label, lane } = this.lane("sound", title, note ?? `${source.seconds.toFixed(2)} s`, wave, picture);
    return { label, lane, id: source.id };
  }

  outline(encoded) {
    const bytes = report.bytes(encoded);
    const columns = bytes.length / 2;
    const point = (value, n) => `${((n + 0.5) / columns).toFixed(4)} ${(1 - this.scale * value / 127).toFixed(3)}`;
    const up = [];
    const down = [];
    for (let n = 0; n < columns; n += 1) {
      up.push(point(Math.max(bytes[2 * n + 1], 1), n));
      down.push(point(Math.min(bytes[2 * n], -1), n));
    }
    return `M${up.join("L")}L${down.reverse().join("L")}Z`;
  }

  errors() {
    const { errors, frameSeconds, delaySeconds, isReference } = this.cell;
    if (isReference || !frameSeconds) return;
    if (!errors.some((value) => value !== null)) {
      this.lane("", "Error per frame", "", report.make("div", { class: "none" }, errors.length ? "no frame differs" : "not measured"));
      return;
    }
    const floor = -80;
    const bars = errors.map((value, n) => (value === null ? "" :
      `M${n} 1V${(1 - Math.min(1, Math.max(0.04, (value - floor) / -floor))).toFixed(3)}h1V1z`)).join("");
    const picture = report.make("svg", {
      class: "errors", viewBox: `0 0 ${errors.length} 1`, preserveAspectRatio: "none", role: "img",
      "aria-label": `Error of ${errors.filter((value) => value !== null).length} of ${errors.length} frames`,
      style: `width:${this.place(errors.length * frameSeconds)};margin-left:${this.place(-delaySeconds)}`,
    }, report.make("path", { d: bars }));
    const { lane } = this.lane("strip-lane", "Error per frame", `${floor} to 0 dB`, picture);
    lane.id = "errors";
  }

  codes() {
    const { agreement, codesDiffer, frameSeconds } = this.cell;
    if (!agreement.length || !frameSeconds) return;
    const rows = agreement.length;
    if (agreement.every((share) => share === 1)) {
      this.lane("", `Codes, ${rows} codebook${rows === 1 ? "" : "s"}`, "", report.make("div", { class: "none" }, "every code is equal")).lane.id = "codes";
      return;
    }
    const total = Math.max(this.frames, 1);
    const marks = codesDiffer.map((frames, row) => frames.map((frame) => `M${frame} ${row}h1v.9h-1z`).join("")).join("");
    const percent = (share) => `${Math.floor(share * 1000) / 10} %`;
    const said = agreement.map((share, row) => `codebook ${row + 1}: ${percent(share)} equal`).join(", ");
    const picture = report.make("svg", {
      class: "differ", viewBox: `0 0 ${total} ${rows}`, preserveAspectRatio: "none", role: "img", "aria-label": `Codes. ${said}`,
      style: `width:${this.place(total * frameSeconds)}`,
    }, report.make("path", { d: marks }));
    const range = [Math.min(...agreement), Math.max(...agreement)].map(percent);
    const note = range[0] === range[1] ? `${range[0]} equal` : `${range[0]} to ${range[1]} equal`;
    const { lane } = this.lane("codes", `Codes, ${rows} codebook${rows === 1 ? "" : "s"}`, note, picture);
    lane.style.height = `${Math.min(8, Math.max(1.4, rows * 0.55))}rem`;
    lane.id = "codes";
  }

  /* Click moves, drag selects; both on any lane. */
  pointer() {
    const at = (event) => {
      const frame = this.over.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - frame.left) / frame.width)) * this.seconds;
    };
    let from = null;
    this.box.onpointerdown = (event) => {
      if (event.button === 0 && event.target.closest(".lane") && !event.target.closest("button")) from = at(event);
    };
    this.box.onpointermove = (event) => {
      this.tell(at(event));
      if (from !== null && Math.abs(at(event) - from) > this.seconds * 0.008) this.select(Math.min(from, at(event)), Math.max(from, at(event)));
    };
    this.box.onpointercancel = () => { from = null; };
    this.box.onpointerup = (event) => {
      if (from === null) return;
      const dragged = Math.abs(at(event) - from) > this.seconds * 0.008;
      if (dragged) {
        this.sounds.looping = true;
        report.byId("loop").checked = true;
        this.sounds.seek(this.sounds.selection[0]);
      } else {
        const inside = this.sounds.selection && from >= this.sounds.selection[0] && from <= this.sounds.selection[1];
        if (!inside) this.select(null);
        this.sounds.seek(from);
      }
      from = null;
    };
    this.box.onpointerleave = () => { this.readout.textContent = ""; };
  }

  tell(seconds) {
    const { frameSeconds, delaySeconds, errors } = this.cell;
    const words = [`${seconds.toFixed(2)} s`];
    if (frameSeconds) {
      const frame = Math.floor((seconds + delaySeconds) / frameSeconds);
      words.push(`frame ${frame}`);
      if (frame < errors.length) words.push(errors[frame] === null ? "no error" : `error ${errors[frame].toFixed(1)} dB`);
      const books = this.cell.codesDiffer.flatMap((frames, row) => (frames.includes(frame) ? [row + 1] : []));
      if (books.length) words.push(`codes differ in codebook ${books.join(", ")}`);
    }
    this.readout.textContent = words.join(" \u00b7 ");
  }

  select(start, end) {
    this.sounds.selection = start === null ? null : [start, end];
    this.region.hidden = start === null;
    if (start !== null) {
      this.region.style.left = this.place(start);
      this.region.style.width = this.place(end - start);
    }
    report.byId("selection-hint").textContent = start === null
      ? "Drag over the pictures to select a stretch and loop it; click to move there."
      : `Selected ${start.toFixed(2)} to ${end.toFixed(2)} s. Esc clears.`;
  }

  update() {
    const now = this.sounds.time;
    this.head.style.left = this.place(now);
    this.scrub.value = now;
    const chosen = this.sounds.sources[this.sounds.chosen]?.id;
    for (const { label, lane, id } of this.tracks) {
      label.classList.toggle("chosen", id === chosen);
      lane.classList.toggle("chosen", id === chosen);
    }
  }
};
