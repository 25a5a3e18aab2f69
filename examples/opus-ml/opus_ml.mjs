// The neural decoders of Opus 1.5, LACE and NoLACE, as a long-lived program for codec-harness (docs/command-adapter.md).
// It only decodes; frames of 20 ms at 16 kHz, 60 bytes each. The first argument is none, lace or nolace.
//
//     npm install @wasm-audio-decoders/opus-ml
//     codec-harness check command --option 'serve=["node", "opus_ml.mjs", "nolace"]' --against opus ...

import { OpusMLDecoder } from "@wasm-audio-decoders/opus-ml";

const RATE = 16000, FRAME = 320, BYTES = 60;
const enhancement = process.argv[2] ?? "nolace";
if (!["none", "lace", "nolace"].includes(enhancement)) {
  console.error(`opus_ml: no ${enhancement}; there are none, lace and nolace`);
  process.exit(2);
}

const fresh = async () => {
  const options = { channels: 1, streamCount: 1, coupledStreamCount: 0, channelMappingTable: [0], preSkip: 0 };
  const decoder = new OpusMLDecoder({ ...options, sampleRate: RATE, speechQualityEnhancement: enhancement });
  await decoder.ready;
  return decoder;
};

const instances = new Map();

function decode(decoder, payload) {
  const codes = new Int32Array(payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.length));
  if (codes.length % BYTES) throw new Error("not whole frames");
  if (codes.some((code) => code < 0)) throw new Error("a lost frame cannot be given to this decoder");
  const out = new Float32Array((codes.length / BYTES) * FRAME);
  for (let frame = 0; frame < codes.length / BYTES; ++frame) {
    const { channelData, errors } = decoder.decodeFrame(Uint8Array.from(codes.subarray(frame * BYTES, (frame + 1) * BYTES)));
    if (errors.length || channelData[0].length !== FRAME) throw new Error(errors[0]?.message ?? "another length");
    out.set(channelData[0], frame * FRAME);
  }
  return Buffer.from(out.buffer);
}

function hello() {
  const body = Buffer.alloc(29);
  [1, RATE, FRAME, BYTES, 256, 104].forEach((field, place) => body.writeUInt32LE(field, 4 * place));
  body.writeUInt8(1, 24);
  return Buffer.concat([body, Buffer.from(`Opus with ${enhancement}`)]);
}

async function answer(request, number, payload) {
  switch (request) {
    case 0:
      return hello();
    case 1:
      instances.set(number, await fresh());
      return Buffer.alloc(0);
    case 2:
      instances.get(number)?.free();
      instances.delete(number);
      return Buffer.alloc(0);
    case 3:
      throw new Error("it only decodes");
    case 4:
      return decode(instances.get(number), payload);
    case 5:
      if (payload[0] & 2) await instances.get(number).reset();
      return Buffer.alloc(0);
    default:
      return null; // not offered
  }
}

let waiting = Buffer.alloc(0);
for await (const part of process.stdin) {
  waiting = Buffer.concat([waiting, part]);
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32LE(0)) {
    const length = waiting.readUInt32LE(0);
    const message = waiting.subarray(4, 4 + length);
    waiting = waiting.subarray(4 + length);
    let out;
    try {
      const body = await answer(message[0], message.readUInt32LE(1), message.subarray(5));
      out = body === null ? Buffer.from([2]) : Buffer.concat([Buffer.from([0]), body]);
    } catch (error) {
      out = Buffer.concat([Buffer.from([1]), Buffer.from(String(error.message))]);
    }
    const head = Buffer.alloc(4);
    head.writeUInt32LE(out.length);
    process.stdout.write(Buffer.concat([head, out]));
  }
}
