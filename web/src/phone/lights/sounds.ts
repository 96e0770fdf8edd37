// The sounds of the light show, made by code and begun on the show clock: chime, rain, breath and pulse. A page may sound only
// after its owner tapped it, so `wake` is called from a tap.
import type { Tone } from "../../wire.ts";

/** Steps of a pentatonic scale over two octaves: any of them sound well together. */
const SCALE = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24];
const ROOT_HZ = 220;
const LOUD = 0.5;
const EDGE_S = 0.03;

export class Sounds {
  #context: AudioContext | null = null;
  #sounding: GainNode | null = null;

  get isAwake(): boolean {
    return this.#context?.state === "running";
  }

  /** From a tap. */
  async wake(): Promise<void> {
    this.#context ??= new AudioContext({ latencyHint: "interactive" });
    await this.#context.resume().catch(() => undefined);
  }

  /** Begin in `inS` seconds (negative: it began already). `place` 0…1 chooses the pitch. */
  play(tone: Tone, place: number, inS: number, lastsS: number): void {
    const context = this.#context;
    if (context?.state !== "running" || inS + lastsS <= 0) return;
    this.stop();
    // What is given to the context now is heard this much later.
    const startS = context.currentTime + Math.max(0, inS - (context.outputLatency || context.baseLatency || 0));
    const endS = context.currentTime + inS + lastsS;
    const out = new GainNode(context, { gain: 0 });
    out.connect(context.destination);
    out.gain.setValueAtTime(0, startS);
    out.gain.linearRampToValueAtTime(LOUD, startS + EDGE_S);
    out.gain.setValueAtTime(LOUD, Math.max(startS + EDGE_S, endS - EDGE_S));
    out.gain.linearRampToValueAtTime(0, endS);
    this.#sounding = out;
    PLAYERS[tone](context, out, pitchHz(place), startS, endS);
  }

  stop(): void {
    const out = this.#sounding;
    if (!out) return;
    this.#sounding = null;
    const nowS = out.context.currentTime;
    out.gain.cancelScheduledValues(nowS);
    out.gain.setTargetAtTime(0, nowS, EDGE_S);
    setTimeout(() => out.disconnect(), 500);
  }
}

export function pitchHz(place: number): number {
  const step = SCALE[Math.min(SCALE.length - 1, Math.floor(place * SCALE.length))] ?? 0;
  return ROOT_HZ * 2 ** (step / 12);
}

type Player = (context: AudioContext, out: AudioNode, hz: number, startS: number, endS: number) => void;

const PLAYERS: Readonly<Record<Tone, Player>> = {
  /** One bell: a few partials that die away. */
  chime: (context, out, hz, startS, endS) => {
    for (const [partial, loud] of [
      [1, 0.6],
      [2.76, 0.25],
      [5.4, 0.12],
    ] as const) {
      const gain = new GainNode(context, { gain: loud });
      gain.gain.setValueAtTime(loud, startS);
      gain.gain.exponentialRampToValueAtTime(0.001, Math.max(endS, startS + 0.1));
      gain.connect(out);
      tone(context, gain, hz * 2 * partial, startS, endS);
    }
  },
  /** Noise in drops: each phone has its own. */
  rain: (context, out, _hz, startS, endS) => {
    const filter = new BiquadFilterNode(context, { type: "bandpass", frequency: 3500, Q: 0.6 });
    filter.connect(out);
    noise(context, filter, startS, endS, (random) => (random() < 0.004 ? 1 : 0.06));
  },
  /** Noise that swells and falls every four seconds, all phones together. */
  breath: (context, out, _hz, startS, endS) => {
    const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: 900, Q: 0.8 });
    const swell = new GainNode(context, { gain: 0 });
    for (let atS = startS; atS < endS; atS += 4) {
      swell.gain.setValueAtTime(0.05, atS);
      swell.gain.linearRampToValueAtTime(0.9, atS + 1.8);
      swell.gain.linearRampToValueAtTime(0.05, atS + 4);
    }
    filter.connect(swell).connect(out);
    noise(context, filter, startS, endS, () => 0.7);
  },
  /** A soft tone twice a second, its pitch by where the phone is. */
  pulse: (context, out, hz, startS, endS) => {
    const beat = new GainNode(context, { gain: 0 });
    beat.connect(out);
    for (let atS = startS; atS < endS; atS += 0.5) {
      beat.gain.setValueAtTime(0, atS);
      beat.gain.linearRampToValueAtTime(0.7, atS + 0.01);
      beat.gain.exponentialRampToValueAtTime(0.001, atS + 0.4);
      beat.gain.setValueAtTime(0, atS + 0.41);
    }
    tone(context, beat, hz, startS, endS);
  },
};

function tone(context: AudioContext, out: AudioNode, hz: number, startS: number, endS: number): void {
  const oscillator = new OscillatorNode(context, { type: "sine", frequency: hz });
  oscillator.connect(out);
  oscillator.start(startS);
  oscillator.stop(endS);
}

const NOISE_S = 2;

function noise(
  context: AudioContext,
  out: AudioNode,
  startS: number,
  endS: number,
  loud: (random: () => number) => number,
): void {
  const buffer = context.createBuffer(1, context.sampleRate * NOISE_S, context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() * 2 - 1) * loud(Math.random);
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  source.connect(out);
  source.start(startS);
  source.stop(endS);
}
