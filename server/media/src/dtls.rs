//! The DTLS handshake of one peer (RFC 5763, RFC 5764): `rtc-dtls` as the server, which checks the certificate against the SDP.

use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use rtc_crypto::{HashAlgorithm, RTCCryptoProvider};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error;

use crate::srtp::{Profile, Session};

/// What all handshakes of one relay share: a certificate made at the start and never written down.
pub(crate) struct Identity {
    pub(crate) provider: Arc<dyn RTCCryptoProvider>,
    /// SHA-256 of the certificate, for the SDP.
    pub(crate) fingerprint: [u8; 32],
    certificate: Certificate,
}

impl Identity {
    /// Makes a fresh certificate.
    pub(crate) fn generate() -> Result<Identity, String> {
        let provider = rtc_crypto::default_provider().map_err(|error| error.to_string())?;
        let certificate = Certificate::generate_self_signed(["yunyiban".to_owned()], provider.crypto()).map_err(|error| error.to_string())?;
        let fingerprint = sha256(&*provider, &certificate.certificate[0]).ok_or("no SHA-256")?;
        Ok(Identity {
            provider,
            fingerprint,
            certificate,
        })
    }
}

/// The handshake, and after it the place where alerts arrive.
pub(crate) struct Handshake {
    endpoint: Endpoint,
    done: bool,
}

/// What came of feeding a datagram to the handshake.
pub(crate) enum Outcome {
    /// Nothing to tell.
    Going,
    /// The keys: what the page sends, what we send.
    Keys(Box<(Session, Session)>),
    /// The page closed, or the handshake failed. The peer cannot be saved.
    Closed,
}

/// `rtc-dtls` tells peers apart by address; each of ours has an endpoint to itself, and may move.
const PAGE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

impl Handshake {
    /// Waits for the page whose certificate has this SHA-256.
    pub(crate) fn new(identity: &Identity, fingerprint: [u8; 32]) -> Result<Handshake, String> {
        let provider = identity.provider.clone();
        let config = ConfigBuilder::default()
            .with_crypto_provider(identity.provider.clone())
            .with_certificates(vec![identity.certificate.clone()])
            .with_srtp_protection_profiles(vec![
                SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
                SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
                SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
            ])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            // There is no chain to verify: the fingerprint in the SDP is the identity.
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(move |chain, _| {
                let found = chain.first().and_then(|certificate| sha256(&*provider, certificate));
                if found == Some(fingerprint) {
                    Ok(())
                } else {
                    Err(Error::ErrNoMatchingCertificateFingerprint)
                }
            })))
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(false, None)
            .map_err(|error| error.to_string())?;
        Ok(Handshake {
            endpoint: Endpoint::new(PAGE, TransportProtocol::UDP, Some(Arc::new(config))),
            done: false,
        })
    }

    /// Takes one datagram from the validated path.
    pub(crate) fn receive(&mut self, identity: &Identity, now: Instant, datagram: &[u8]) -> Outcome {
        if !self.done && !is_of_handshake(datagram) {
            return Outcome::Going;
        }
        // Only this one handshake can break; a library that panics over it must not end everybody's calls.
        let read = AssertUnwindSafe(|| self.endpoint.read(now, PAGE, None, BytesMut::from(datagram)));
        let Ok(read) = catch_unwind(read) else {
            tracing::error!("the DTLS library panicked over a datagram; its peer is closed");
            return Outcome::Closed;
        };
        let events = match read {
            Ok(events) => events,
            // After the handshake a bad record is noise from outside; before it the two cannot agree. That one must never be
            // tried again: the library takes the keys before its last checks, and would keep them.
            Err(_) if self.done => return Outcome::Going,
            Err(error) => {
                tracing::debug!(%error, "a DTLS handshake failed: {error}");
                return Outcome::Closed;
            }
        };
        let mut outcome = Outcome::Going;
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => {
                    self.done = true;
                    outcome = self.keys(identity).map_or(Outcome::Closed, |keys| Outcome::Keys(Box::new(keys)));
                }
                EndpointEvent::PeerClosed => return Outcome::Closed,
                // No data channels are negotiated: nothing is expected here.
                EndpointEvent::ApplicationData(_) => {}
                _ => {}
            }
        }
        outcome
    }

    /// The next datagram for the page.
    pub(crate) fn transmit(&mut self) -> Option<BytesMut> {
        self.endpoint.poll_transmit().map(|message| message.message)
    }

    /// Repeats a flight that was not answered. `false` when the repeats are used up.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        if self.done {
            return true;
        }
        match self.endpoint.poll_timeout(&PAGE) {
            Some(due) if due <= now => self.endpoint.handle_timeout(PAGE, now).is_ok(),
            Some(_) | None => true,
        }
    }

    /// Says goodbye; the alert waits in [`Handshake::transmit`].
    pub(crate) fn close(&mut self, now: Instant) {
        let _ = self.endpoint.stop(now, PAGE);
    }

    /// RFC 5764, section 4.2: client key, server key, client salt, server salt.
    fn keys(&self, identity: &Identity) -> Option<(Session, Session)> {
        let state = self.endpoint.get_connection_state(PAGE)?;
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => Profile::Aes128Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm => Profile::Aes256Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => Profile::Aes128Sha1,
            // Not among those we offer.
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32 | SrtpProtectionProfile::Unsupported | _ => return None,
        };
        let (key, salt) = profile.lengths();
        let material = state
            .export_keying_material("EXTRACTOR-dtls_srtp", &[], 2 * (key + salt))
            .ok()?
            .into_bytes();
        let (keys, salts) = material.split_at(2 * key);
        let crypto = identity.provider.crypto();
        let theirs = Session::new(crypto, profile, &keys[..key], &salts[..salt])?;
        let ours = Session::new(crypto, profile, &keys[key..], &salts[salt..])?;
        Some((theirs, ours))
    }
}

/// Whether a datagram before the keys may be read. Anybody who knows the page's address can send one, and the library ends
/// the handshake over an alert, over data, and over what it cannot read; those are noise as they are afterwards (RFC 6347,
/// section 4.1.2.7). A page that gave up says so here in vain, and is lost by its silence.
fn is_of_handshake(mut datagram: &[u8]) -> bool {
    while let Some((header, rest)) = datagram.split_first_chunk::<13>() {
        let [kind, _, _, epoch @ .., _, _, _, _, _, _, high, low] = header;
        let Some((body, others)) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low]))) else {
            return false;
        };
        let expected = match (kind, epoch) {
            (20, [0, 0]) => body == [1],
            (22, _) => true,
            // Sealed, and therefore the page's own or dropped by the library.
            (_, epoch) => *epoch != [0, 0],
        };
        if !expected {
            return false;
        }
        datagram = others;
    }
    datagram.is_empty()
}

fn sha256(provider: &dyn RTCCryptoProvider, bytes: &[u8]) -> Option<[u8; 32]> {
    provider.crypto().hash(HashAlgorithm::Sha256, bytes).ok()?.try_into().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::hostile::Chance;

    /// The first flights of a page whose certificate has the fingerprint given beside them.
    pub(crate) fn page(identity: &Identity) -> (Endpoint, [u8; 32]) {
        let other = Identity::generate().unwrap();
        let config = ConfigBuilder::default()
            .with_crypto_provider(identity.provider.clone())
            .with_certificates(vec![other.certificate.clone()])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, Some(PAGE))
            .unwrap();
        let mut page = Endpoint::new(PAGE, TransportProtocol::UDP, None);
        page.connect(Instant::now(), PAGE, Arc::new(config), None).unwrap();
        (page, other.fingerprint)
    }

    /// Datagrams anybody can send from a page's address: alerts, data, broken records, half of one, nothing at all.
    const NOISE: [&[u8]; 7] = [
        &[21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 200, 0, 2, 2, 40],
        &[21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 201, 0, 2, 1, 0],
        &[23, 254, 253, 0, 0, 0, 0, 0, 0, 0, 202, 0, 1, 7],
        &[20, 254, 253, 0, 0, 0, 0, 0, 0, 0, 203, 0, 1, 9],
        &[63, 254, 253, 0, 0, 0, 0, 0, 0, 0, 204, 0, 0],
        &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 205, 0, 9, 1],
        &[22],
    ];

    #[test]
    fn noise_from_outside_does_not_end_a_handshake() {
        let identity = Identity::generate().unwrap();
        let (mut page, fingerprint) = page(&identity);
        let mut hall = Handshake::new(&identity, fingerprint).unwrap();
        let mut finished = false;
        for _ in 0..6 {
            for noise in NOISE {
                assert!(matches!(hall.receive(&identity, Instant::now(), noise), Outcome::Going), "{noise:?}");
                assert!(hall.transmit().is_none(), "the page would hear an alert over {noise:?}");
            }
            while let Some(message) = page.poll_transmit() {
                finished |= matches!(hall.receive(&identity, Instant::now(), &message.message), Outcome::Keys(_));
            }
            while let Some(answer) = hall.transmit() {
                let _ = page.read(Instant::now(), PAGE, None, answer);
            }
        }
        assert!(finished);
    }

    /// T16, T17: handshakes broken in every place end in a refusal or a finished handshake, never in anything else.
    #[test]
    fn a_broken_handshake_is_refused() {
        let identity = Identity::generate().unwrap();
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        let (mut finished, mut refused) = (0, 0);
        for round in 0..60 {
            let (mut page, fingerprint) = page(&identity);
            let mut hall = Handshake::new(&identity, fingerprint).unwrap();
            let broken_flight = chance.below(6);
            for flight in 0..6 {
                while let Some(message) = page.poll_transmit() {
                    let mut datagram = message.message;
                    for _ in 0..if flight == broken_flight && round > 0 { 20 } else { 0 } {
                        let mut broken = datagram.clone();
                        let place = chance.below(broken.len());
                        broken[place] = chance.below(256) as u8;
                        if chance.below(2) == 0 {
                            broken.truncate(1 + chance.below(broken.len()));
                        }
                        refused += u32::from(matches!(hall.receive(&identity, Instant::now(), &broken), Outcome::Closed));
                    }
                    finished += u32::from(matches!(hall.receive(&identity, Instant::now(), &datagram.split()), Outcome::Keys(_)));
                }
                while let Some(answer) = hall.transmit() {
                    let _ = page.read(Instant::now(), PAGE, None, answer);
                }
            }
        }
        assert!(finished >= 1 && refused >= 1, "{finished} finished, {refused} refused");
    }
}
