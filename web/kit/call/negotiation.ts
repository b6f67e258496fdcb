import { withVoiceRepair } from './codecs';

/** An offer or answer of this page. */
export type OwnDescription = { type: 'offer' | 'answer'; sdp: string };

export type NegotiationOptions = {
  say: (description: OwnDescription) => void;
  /** A description this browser does not take. */
  onStuck: () => void;
};

/** The descriptions of one connection: first the own offer, then one after another, as they come. */
export function createNegotiation(pc: RTCPeerConnection, { say, onStuck }: NegotiationOptions) {
  let over = false;
  let queue: Promise<void> = Promise.resolve();

  /** What belongs to a connection already let go is not run. */
  function inTurn(work: () => Promise<void>): void {
    queue = queue.then(async () => {
      if (over) return;
      try {
        await work();
      } catch {
        if (!over) onStuck();
      }
    });
  }

  function sayOwn(type: OwnDescription['type']): void {
    const sdp = pc.localDescription?.sdp;
    if (!over && sdp) say({ type, sdp });
  }

  inTurn(async () => {
    await describe(pc, await pc.createOffer());
    sayOwn('offer');
  });

  return {
    /** The answer to our own offer came. */
    takeAnswer: (sdp: string) =>
      inTurn(async () => {
        if (pc.signalingState === 'have-local-offer') await pc.setRemoteDescription({ type: 'answer', sdp });
      }),
    /** An offer of the server came, and is answered. */
    takeOffer: (sdp: string) =>
      inTurn(async () => {
        // Offers never cross: one that meets our own unanswered offer speaks of an older connection.
        if (pc.signalingState !== 'stable') return;
        await pc.setRemoteDescription({ type: 'offer', sdp });
        await pc.setLocalDescription(await pc.createAnswer());
        sayOwn('answer');
      }),
    /** The connection is let go. What it was asked may never settle (WebRTC 1.0, 4.4.1): nobody waits for it. */
    end(): void {
      over = true;
    },
  };
}

/** Lost voice is asked for again where the browser takes that; else it is as it would be without. */
async function describe(pc: RTCPeerConnection, offer: RTCSessionDescriptionInit): Promise<void> {
  try {
    await pc.setLocalDescription({ type: 'offer', sdp: withVoiceRepair(offer.sdp ?? '') });
  } catch {
    await pc.setLocalDescription(offer);
  }
}
