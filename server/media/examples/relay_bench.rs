//! The relay alone, for measuring: one request a line on a TCP port, one JSON line back.
//!
//! `{"offer":"<sdp>","call":"7","seat":"citizen"}` makes a peer and gives `{"peer":1,"sdp":"<answer>"}`;
//! the gate of a call opens between the peers that have joined it so far.
//! Without `call` the peer stays warm; `{"gate":"7","peers":[1,2]}` opens a gate between these.
//! `{"want":"restart","peer":1}` and `{"want":"seats","peer":1}` give `{"sdp":"<offer>"}`;
//! `{"answer":"<sdp>","peer":1}`, `{"close":1}` and `{"shut":"7"}` give `{}`; `{"counters":true}` gives them; `{"events":true}` what was told since.
//!
//! `relay_bench <media address> <signalling address> [advertised address …]`

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use yunyiban_app::ports::media::{CallId, CallSeat, Media, MediaEvent, OfferReason, PeerId};
use yunyiban_media::{Relay, RelayConfig};
use yunyiban_protocol::{HallId, VisitId};

type Calls = Arc<Mutex<BTreeMap<String, Vec<PeerId>>>>;
type Events = Arc<Mutex<mpsc::Receiver<MediaEvent>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let listen = arguments.first().map_or("127.0.0.1:0", String::as_str).parse()?;
    let signal = arguments.get(1).map_or("127.0.0.1:0", String::as_str);
    let advertised = arguments.iter().skip(2).map(|ip| ip.parse()).collect::<Result<Vec<_>, _>>()?;
    let (sender, events) = mpsc::channel(4096);
    let relay = Relay::bind(
        RelayConfig {
            listen,
            advertised,
            ..RelayConfig::default()
        },
        sender,
    )?;
    let listener = TcpListener::bind(signal).await?;
    println!(
        "{}",
        json!({ "media": relay.local_addr().to_string(), "signal": listener.local_addr()?.to_string() })
    );
    let (calls, events) = (Calls::default(), Arc::new(Mutex::new(events)));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, relay.clone(), calls.clone(), events.clone()));
    }
}

async fn serve(stream: TcpStream, relay: Relay, calls: Calls, events: Events) {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = match serde_json::from_str(&line) {
            Ok(request) => answer(&request, &relay, &calls, &events)
                .await
                .unwrap_or_else(|error| json!({ "error": error.to_string() })),
            Err(error) => json!({ "error": error.to_string() }),
        };
        if writing.write_all(format!("{reply}\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn answer(request: &Value, relay: &Relay, calls: &Calls, events: &Events) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let peer = PeerId(request["peer"].as_u64().unwrap_or(0));
    if let Some(offer) = request["offer"].as_str() {
        let (peer, sdp) = relay.connect(offer).await?;
        if let Some(call) = request["call"].as_str() {
            let mut calls = calls.lock().await;
            let peers = calls.entry(call.to_owned()).or_default();
            peers.push(peer);
            relay.set_call(&call_id(call), &all_hear_all(peers)).await;
        }
        return Ok(json!({ "peer": peer.0, "sdp": sdp }));
    }
    if let (Some(call), Some(peers)) = (request["gate"].as_str(), request["peers"].as_array()) {
        let peers: Vec<_> = peers.iter().filter_map(Value::as_u64).map(PeerId).collect();
        relay.set_call(&call_id(call), &all_hear_all(&peers)).await;
        return Ok(json!({}));
    }
    if let Some(sdp) = request["answer"].as_str() {
        relay.accept_answer(peer, sdp).await?;
    } else if let Some(want) = request["want"].as_str() {
        let reason = if want == "restart" { OfferReason::Restart } else { OfferReason::Seats };
        return Ok(json!({ "sdp": relay.offer(peer, reason).await? }));
    } else if let Some(peer) = request["close"].as_u64() {
        relay.close(PeerId(peer)).await;
    } else if let Some(call) = request["shut"].as_str() {
        calls.lock().await.remove(call);
        relay.set_call(&call_id(call), &[]).await;
    } else if request["counters"].is_boolean() {
        return Ok(json!({ "counters": format!("{:?}", relay.counters().await) }));
    } else if request["events"].is_boolean() {
        let mut told = Vec::new();
        while let Ok(event) = events.lock().await.try_recv() {
            told.push(format!("{event:?}"));
        }
        return Ok(json!({ "events": told }));
    }
    Ok(json!({}))
}

fn all_hear_all(peers: &[PeerId]) -> Vec<CallSeat> {
    let hears = |peer| peers.iter().copied().filter(|other| *other != peer).collect();
    peers
        .iter()
        .map(|peer| CallSeat {
            peer: *peer,
            hears: hears(*peer),
        })
        .collect()
}

fn call_id(call: &str) -> CallId {
    CallId {
        hall: HallId::new("bench"),
        visit: VisitId::new(call),
    }
}
