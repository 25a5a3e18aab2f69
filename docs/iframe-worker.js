// Search from the disk. A browser starts no worker for a page that was opened as a file, so here an iframe stands in:
// it gets what is posted to it, and what it posts comes back. Over HTTP nothing is changed.
if (location.protocol === "file:") {
  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      const address = new URL(url, location.href).href;
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.waiting = [];
      frame.addEventListener("load", () => {
        const inside = frame.contentWindow;
        inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        inside.importScripts = (...addresses) => addresses.reduce((before, one) => before.then(() => load(frame, one)), Promise.resolve());
        load(frame, address).then(() => {
          this.inside = inside;
          this.waiting.splice(0).forEach((data) => this.postMessage(data));
        });
      }, { once: true });
      frame.srcdoc = "<!doctype html><title>worker</title>";
      document.body.append(frame);
    }

    postMessage(data) {
      if (this.inside) this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data }));
      else this.waiting.push(data);
    }
  }

  function load(frame, address) {
    return new Promise((loaded, failed) => {
      const script = frame.contentDocument.createElement("script");
      script.src = address;
      script.onload = loaded;
      script.onerror = failed;
      frame.contentDocument.body.append(script);
    });
  }

  window.Worker = FrameWorker;
  window.IFrameWorker = FrameWorker; // by this name the theme's worker knows where it is
}
