"use strict";

/*
 * Several sounds on one clock. All of them play, one is heard: switching is a change of `muted`, so nothing jumps.
 * Levels are matched by turning the louder ones down (a page on disk may not amplify what it plays).
 */
report.Sounds = class {
  constructor(sources, changed = () => {}) {
    this.changed = changed;
    this.closed = false;
    this.sources = sources.filter((source) => source.src);
    this.audios = this.sources.map((source) => {
      const audio = new Audio();
      audio.preload = "auto";
      audio.src = report.soundAddress(source.src);
      audio.addEventListener("error", () => this.closed || changed("broken", source));
      return audio;
    });
    this.seconds = Math.max(0.01, ...this.sources.map((source) => source.seconds));
    this.chosen = 0;
    this.previous = Math.min(1, this.sources.length - 1);
    this.selection = null;
    this.looping = false;
    this.playing = false;
    this.matched = true;
    this.volume = 1;
    this.stopped = 0;
    this.levels();
    this.hear(this.chosen);
  }

  /* The clock: the chosen sound while it lasts, else the longest one. */
  get master() {
    const own = this.audios[this.chosen];
    if (!own) return null;
    if (!own.ended && !own.error) return own;
    return this.audios.reduce((a, b) => ((b.duration || 0) > (a.duration || 0) ? b : a), own);
  }

  get time() {
    return this.playing && this.master ? this.master.currentTime : this.stopped;
  }

  levels() {
    const loud = this.sources.map((source) => source.rms).filter((rms) => rms > 1e-4);
    const quietest = Math.max(Math.min(...loud, 1), Math.max(...loud, 0) / 8);
    this.audios.forEach((audio, n) => {
      const rms = this.sources[n].rms;
      audio.volume = this.volume * (this.matched && rms > quietest ? quietest / rms : 1);
    });
  }

  hear(index) {
    if (index < 0 || index >= this.audios.length) return;
    const now = this.time;
    if (index !== this.chosen) this.previous = this.chosen;
    this.chosen = index;
    const audio = this.audios[index];
    if (this.playing && Math.abs(audio.currentTime - now) > 0.03) audio.currentTime = Math.min(now, audio.duration || now);
    this.audios.forEach((other, n) => { other.muted = n !== index; });
    this.changed("chosen");
  }

  swap() {
    this.hear(this.previous === this.chosen ? (this.chosen + 1) % this.audios.length : this.previous);
  }

  seek(time) {
    this.stopped = Math.min(Math.max(time, 0), this.seconds);
    for (const audio of this.audios) audio.currentTime = Math.min(this.stopped, audio.duration || this.stopped);
    this.changed("moved");
  }

  async play() {
    if (!this.audios.length) return;
    if (this.selection && (this.stopped < this.selection[0] || this.stopped >= this.selection[1] - 0.02)) this.stopped = this.selection[0];
    if (this.stopped >= this.seconds - 0.02) this.stopped = 0;
    this.seek(this.stopped);
    this.playing = true;
    await Promise.all(this.audios.map((audio) => audio.play().catch(() => {})));
    this.changed("playing");
    this.tick();
  }

  pause() {
    this.stopped = this.time;
    this.playing = false;
    for (const audio of this.audios) audio.pause();
    this.changed("playing");
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  tick() {
    if (!this.playing) return;
    const [start, end] = this.selection ?? [0, this.seconds];
    const over = this.time >= end - 0.005 || (this.master?.ended ?? true);
    if (over && this.looping) {
      this.seek(start);
      for (const audio of this.audios) if (audio.paused) audio.play().catch(() => {});
    } else if (over) {
      this.pause();
      this.seek(start);
      return;
    }
    this.changed("moved");
    requestAnimationFrame(() => this.tick());
  }

  close() {
    this.closed = true;
    this.playing = false;
    for (const audio of this.audios) {
      audio.pause();
      audio.removeAttribute("src");
    }
  }
};

/* In a single file sounds are data inside the page; a blob address lets the browser seek in them. */
report.soundAddress = (address) => {
  const inside = address.startsWith("sound:") ? report.byId(address) : null;
  if (!inside) return address;
  report.blobs ??= new Map();
  if (!report.blobs.has(address)) {
    const [head, body] = inside.textContent.split(",", 2);
    const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
    report.blobs.set(address, URL.createObjectURL(new Blob([bytes], { type: head.slice(5).split(";")[0] })));
  }
  return report.blobs.get(address);
};
