import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLevels } from './level';

/** Web Audio as far as a meter needs it: what is connected is computed, until the context is closed. */
class Audio {
  connected = 0;
  /** Half of full scale is +64 of 128. */
  swing = 0;
  state = 'running';
  createAnalyser() {
    const getByteTimeDomainData = (samples: Uint8Array) => samples.fill(128 + this.swing);
    return { fftSize: 0, getByteTimeDomainData };
  }
  createMediaStreamSource() {
    return { connect: () => (this.connected += 1), disconnect: () => (this.connected -= 1) };
  }
  close = () => {
    this.state = 'closed';
    return Promise.resolve();
  };
}

const stream = () => ({}) as MediaStream;

describe('levels', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const begin = () => {
    const audio = new Audio();
    const levels = createLevels({ makeAudioContext: () => audio as unknown as AudioContext });
    return { audio, levels };
  };

  it('measure one stream a side, however often a talk comes back', () => {
    const { audio, levels } = begin();
    for (let back = 0; back < 5; back += 1) {
      levels.attach('mine', stream());
      levels.attach('theirs', stream());
    }
    expect(audio.connected).toBe(2);
    levels.attach('theirs', null);
    expect(audio.connected).toBe(1);
  });

  it('leave nothing behind', () => {
    const { audio, levels } = begin();
    levels.attach('mine', stream());
    levels.attach('theirs', stream());
    levels.close();
    expect([audio.connected, audio.state, vi.getTimerCount()]).toEqual([0, 'closed', 0]);
    expect(levels.levels.value).toEqual({ mine: 0, theirs: 0 });
  });

  it('go from silence to loud speech in quarters', () => {
    const { audio, levels } = begin();
    levels.attach('theirs', stream());
    const shown = [0, 1, 8, 64].map((swing) => {
      audio.swing = swing;
      vi.advanceTimersByTime(150);
      return levels.levels.value;
    });
    expect(shown.map(({ theirs }) => theirs)).toEqual([0, 0.25, 0.75, 1]);
    expect(shown.map(({ mine }) => mine)).toEqual([0, 0, 0, 0]);
  });
});
