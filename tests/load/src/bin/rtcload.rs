//! Synthetic WebRTC endpoints (ICE, DTLS-SRTP, RTP; no codec work) for loading a media
//! server: rtcload --target janus-call|janus-echo --ws ws://127.0.0.1:8188 --calls 10 --secs 10 --pid PID
//!         rtcload --target relay --signal 127.0.0.1:9000 --calls 10 --secs 10 --pid PID
//! A call is two endpoints; each sends one 50/s voice stream and one video stream
//! (--vpps packets/s of --vsize bytes) and receives the other's (echo: its own).
//! For another server add a signaling function beside `janus_call`.
use futures_util::{SinkExt, StreamExt};
use load::{busy_between, machine, proc_tree, raise_nofile, Args, Proc};
use serde_json::{json, Value};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::Message;

type Ws = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

struct End {
    rtc: Rtc,
    sock: UdpSocket,
    addr: SocketAddr,
    mids: Vec<Mid>,
    seq: [u64; 2],
    next: [Instant; 2],
    up: Option<Instant>,
    first: Option<Instant>,
    rx: u64,
    tx: u64,
    born: Instant,
}

fn end(ip: &str) -> End {
    let now = Instant::now();
    let mut rtc = RtcConfig::new().clear_codecs().enable_opus(true, false).enable_vp8(true).set_rtp_mode(true).build(now);
    let sock = UdpSocket::bind(format!("{ip}:0")).expect("bind");
    sock.set_nonblocking(true).unwrap();
    let addr = sock.local_addr().unwrap();
    rtc.add_local_candidate(Candidate::host(addr, "udp").unwrap());
    End { rtc, sock, addr, mids: vec![], seq: [1000, 1000], next: [now, now], up: None, first: None, rx: 0, tx: 0, born: now }
}

impl End {
    fn offer(&mut self) -> (String, SdpPendingOffer) {
        let mut api = self.rtc.sdp_api();
        let a = api.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let v = api.add_media(MediaKind::Video, Direction::SendRecv, None, None, None);
        self.mids = vec![a, v];
        let (o, p) = api.apply().unwrap();
        (o.to_sdp_string(), p)
    }
    fn pump(&mut self, now: Instant, buf: &mut [u8]) {
        while let Ok((n, src)) = self.sock.recv_from(buf) {
            if let Ok(c) = buf[..n].try_into() {
                let r = Receive { proto: Protocol::Udp, source: src, destination: self.addr, contents: c };
                let _ = self.rtc.handle_input(Input::Receive(now, r));
            }
            self.drain();
        }
        let _ = self.rtc.handle_input(Input::Timeout(now));
        self.drain();
    }
    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(t)) => {
                    let _ = self.sock.send_to(&t.contents, t.destination);
                }
                Ok(Output::Event(Event::Connected)) => self.up = Some(Instant::now()),
                Ok(Output::Event(Event::RtpPacket(_))) => {
                    self.rx += 1;
                    self.first.get_or_insert_with(Instant::now);
                }
                Ok(Output::Event(_)) => {}
                Ok(Output::Timeout(_)) | Err(_) => break,
            }
        }
    }
    fn send_due(&mut self, now: Instant, traffic: &Traffic) {
        if self.up.is_none() {
            return;
        }
        for k in 0..2 {
            if self.next[k] + Duration::from_millis(200) < now {
                self.next[k] = now;
            }
            while self.next[k] <= now {
                self.next[k] += traffic.gap[k];
                let mid = self.mids[k];
                let want = if k == 0 { str0m::format::Codec::Opus } else { str0m::format::Codec::Vp8 };
                let Some(m) = self.rtc.media(mid) else { continue };
                let pts: Vec<_> = m.remote_pts().to_vec();
                let Some(pt) = self.rtc.codec_config().params().iter().find(|p| p.spec().codec == want && pts.contains(&p.pt())).map(|p| p.pt()) else { continue };
                let mut api = self.rtc.direct_api();
                let Some(s) = api.stream_tx_by_mid(mid, None) else { continue };
                s.set_unpaced(true);
                let clock = if k == 0 { 960 } else { 90000 / 120 };
                self.seq[k] += 1;
                s.write_rtp(RtpWrite::new(pt, self.seq[k].into(), (self.seq[k] as u32).wrapping_mul(clock), now, &traffic.payload[k][..]).marker(true));
                self.tx += 1;
                self.drain();
            }
        }
    }
}

/// Janus' WebSocket API: a session and a plugin handle per endpoint.
struct Janus {
    ws: Ws,
    sid: u64,
    hid: u64,
    n: u64,
    back: Vec<Value>,
}

impl Janus {
    async fn open(url: &str, plugin: &str) -> Janus {
        let mut req = url.into_client_request().unwrap();
        req.headers_mut().insert("Sec-WebSocket-Protocol", "janus-protocol".parse().unwrap());
        let hp = format!("{}:{}", req.uri().host().unwrap(), req.uri().port_u16().unwrap());
        let s = tokio::net::TcpStream::connect(hp).await.expect("janus is not there");
        let (ws, _) = tokio_tungstenite::client_async(req, s).await.unwrap();
        let mut j = Janus { ws, sid: 0, hid: 0, n: 0, back: vec![] };
        j.sid = j.ask(json!({"janus":"create"})).await["data"]["id"].as_u64().unwrap();
        j.hid = j.ask(json!({"janus":"attach","plugin":plugin})).await["data"]["id"].as_u64().unwrap();
        j
    }
    async fn send(&mut self, mut v: Value) -> String {
        self.n += 1;
        let t = format!("t{}", self.n);
        v["transaction"] = json!(t);
        if self.sid > 0 {
            v["session_id"] = json!(self.sid);
        }
        if self.hid > 0 {
            v["handle_id"] = json!(self.hid);
        }
        self.ws.send(Message::text(v.to_string())).await.unwrap();
        t
    }
    async fn until(&mut self, f: impl Fn(&Value) -> bool) -> Value {
        if let Some(p) = self.back.iter().position(&f) {
            return self.back.remove(p);
        }
        loop {
            let m = tokio::time::timeout(Duration::from_secs(15), self.ws.next()).await.expect("janus is silent").unwrap().unwrap();
            let Ok(v) = serde_json::from_str::<Value>(m.to_text().unwrap_or("")) else { continue };
            if f(&v) {
                return v;
            }
            if v["janus"] == "error" || !v["plugindata"]["data"]["error"].is_null() {
                panic!("janus: {v}");
            }
            self.back.push(v);
        }
    }
    async fn ask(&mut self, v: Value) -> Value {
        let t = self.send(v).await;
        self.until(|m| m["janus"] == "success" && m["transaction"] == t.as_str()).await
    }
    async fn msg(&mut self, body: Value, jsep: Option<Value>) {
        let mut v = json!({"janus":"message","body":body});
        if let Some(j) = jsep {
            v["jsep"] = j;
        }
        self.send(v).await;
    }
}

/// Janus' videocall repeats a=mid; str0m is strict about it.
fn tidy(sdp: &str) -> String {
    if std::env::var("SHOW_SDP").is_ok() {
        eprintln!("{sdp}");
    }
    let mut out = String::new();
    let mut had = false;
    for l in sdp.lines() {
        if l.starts_with("m=") {
            had = false;
        }
        if l.starts_with("a=mid:") && std::mem::replace(&mut had, true) {
            continue;
        }
        out.push_str(l);
        out.push_str("\r\n");
    }
    out
}

async fn janus_echo(url: &str, ip: &str) -> (Vec<End>, Vec<Janus>) {
    let (mut es, mut js) = (vec![], vec![]);
    for _ in 0..2 {
        let mut j = Janus::open(url, "janus.plugin.echotest").await;
        let mut e = end(ip);
        let (sdp, pend) = e.offer();
        j.msg(json!({"audio":true,"video":true}), Some(json!({"type":"offer","sdp":sdp}))).await;
        let v = j.until(|m| m["jsep"]["type"] == "answer").await;
        let ans = SdpAnswer::from_sdp_string(&tidy(v["jsep"]["sdp"].as_str().unwrap())).unwrap();
        e.rtc.sdp_api().accept_answer(pend, ans).unwrap();
        es.push(e);
        js.push(j);
    }
    (es, js)
}

/// The videocall plugin: two endpoints, all media through the server.
async fn janus_call(url: &str, ip: &str, k: usize) -> (Vec<End>, Vec<Janus>) {
    let p = "janus.plugin.videocall";
    let (mut ja, mut jb) = (Janus::open(url, p).await, Janus::open(url, p).await);
    let (na, nb) = (format!("a{k}x{}", std::process::id()), format!("b{k}x{}", std::process::id()));
    for (j, n) in [(&mut ja, &na), (&mut jb, &nb)] {
        j.msg(json!({"request":"register","username":n}), None).await;
        j.until(|m| m["plugindata"]["data"]["result"]["event"] == "registered").await;
    }
    let (mut ea, mut eb) = (end(ip), end(ip));
    let (sdp, pend) = ea.offer();
    ja.msg(json!({"request":"call","username":nb}), Some(json!({"type":"offer","sdp":sdp}))).await;
    let v = jb.until(|m| m["jsep"]["type"] == "offer").await;
    let off = SdpOffer::from_sdp_string(&tidy(v["jsep"]["sdp"].as_str().unwrap())).unwrap();
    let ans = eb.rtc.sdp_api().accept_offer(off).unwrap();
    eb.mids = ea.mids.clone();
    // the answerer's ids are those of the offer: read them from the answer
    eb.mids = ans.to_sdp_string().lines().filter_map(|l| l.strip_prefix("a=mid:")).map(|m| Mid::from(m.trim())).collect();
    jb.msg(json!({"request":"accept"}), Some(json!({"type":"answer","sdp":ans.to_sdp_string()}))).await;
    let v = ja.until(|m| m["jsep"]["type"] == "answer").await;
    let a = SdpAnswer::from_sdp_string(&tidy(v["jsep"]["sdp"].as_str().unwrap())).unwrap();
    ea.rtc.sdp_api().accept_answer(pend, a).unwrap();
    (vec![ea, eb], vec![ja, jb])
}

/// Our relay behind `relay_bench`: one JSON line asks, one answers. Its layout has a third section, for a shared screen.
async fn relay_call(signal: &str, ip: &str, k: usize) -> Vec<End> {
    let stream = tokio::net::TcpStream::connect(signal).await.expect("relay_bench is not there");
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut ends = vec![];
    for _ in 0..2 {
        let mut e = end(ip);
        let mut api = e.rtc.sdp_api();
        e.mids = [MediaKind::Audio, MediaKind::Video, MediaKind::Video].map(|kind| api.add_media(kind, Direction::SendRecv, None, None, None)).to_vec();
        let (offer, pending) = api.apply().unwrap();
        let ask = json!({"offer":offer.to_sdp_string(),"call":format!("{k}x{}", std::process::id())});
        writing.write_all(format!("{ask}\n").as_bytes()).await.unwrap();
        let reply: Value = serde_json::from_str(&lines.next_line().await.unwrap().expect("relay_bench is silent")).unwrap();
        let sdp = reply["sdp"].as_str().unwrap_or_else(|| panic!("relay: {reply}"));
        e.rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(sdp).unwrap()).unwrap();
        ends.push(e);
    }
    ends
}

/// What an endpoint sends: voice and video, each its packet and the time between two.
struct Traffic {
    gap: [Duration; 2],
    payload: [Vec<u8>; 2],
}

impl Traffic {
    fn of(a: &Args) -> Traffic {
        let voice = vec![0x55u8; a.num("asize", 120.0) as usize];
        let mut video = vec![0x55u8; a.num("vsize", 1100.0) as usize];
        video[0] = 0x10; // VP8 descriptor: start of partition; then a non-key frame
        video[1] = 0x01;
        Traffic { gap: [Duration::from_secs_f64(1.0 / 50.0), Duration::from_secs_f64(1.0 / a.num("vpps", 120.0))], payload: [voice, video] }
    }
}

/// A load on a server: which, and for how long.
struct Load {
    target: String,
    url: String,
    signal: String,
    ip: String,
    calls: usize,
    secs: f64,
    pid: u32,
    traffic: Traffic,
}

impl Load {
    fn of(a: &Args) -> Load {
        Load {
            url: a.str("ws", "ws://127.0.0.1:8188"),
            signal: a.str("signal", "127.0.0.1:9000"),
            ip: a.str("ip", "127.0.0.1"),
            calls: a.num("calls", 4.0) as usize,
            secs: a.num("secs", 10.0),
            pid: a.num("pid", 0.0) as u32,
            target: a.str("target", "janus-call"),
            traffic: Traffic::of(a),
        }
    }

    /// Sets up one call after another; those that are up already stay alive. What keeps their sessions comes with them.
    fn set_up(&self, rt: &tokio::runtime::Runtime) -> (Vec<End>, Vec<Janus>) {
        let mut ends: Vec<End> = vec![];
        let mut keep: Vec<Janus> = vec![];
        let mut buf = vec![0u8; 2048];
        for k in 0..self.calls {
            let (mut e, j) = rt.block_on(async {
                match self.target.as_str() {
                    "janus-echo" => janus_echo(&self.url, &self.ip).await,
                    "janus-call" => janus_call(&self.url, &self.ip, k).await,
                    "relay" => (relay_call(&self.signal, &self.ip, k).await, vec![]),
                    x => panic!("unknown target {x}"),
                }
            });
            ends.append(&mut e);
            keep.extend(j);
            let t = Instant::now();
            while t.elapsed() < Duration::from_millis(60) {
                ends.iter_mut().for_each(|e| e.pump(Instant::now(), &mut buf));
                std::thread::sleep(Duration::from_millis(4));
            }
        }
        (ends, keep)
    }

    /// Four seconds to come up, then what `secs` of media cost. Nothing, where the time runs out before.
    fn measure(&self, ends: &mut [End], p0: Proc) -> Option<Value> {
        let mut buf = vec![0u8; 2048];
        let mut began: Option<Moment> = None;
        let t0 = Instant::now();
        loop {
            let now = Instant::now();
            for e in ends.iter_mut() {
                e.pump(now, &mut buf);
                e.send_due(now, &self.traffic);
            }
            if began.is_none() && t0.elapsed() > Duration::from_secs(4) {
                began = Some(Moment::now(self.pid, ends));
            }
            if let Some(began) = began.as_ref().filter(|began| began.at.elapsed().as_secs_f64() >= self.secs) {
                return Some(self.figures(p0, began, ends));
            }
            if t0.elapsed() > Duration::from_secs_f64(self.secs + 30.0) {
                return None;
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    /// What happened since `began`; `p0` is the server before the first call.
    fn figures(&self, p0: Proc, began: &Moment, ends: &[End]) -> Value {
        let (el, calls) = (began.at.elapsed().as_secs_f64(), self.calls);
        let Moment { server: p1, machine: m1, rx, tx, .. } = Moment::now(self.pid, ends);
        let up = ends.iter().filter(|e| e.up.is_some()).count();
        let (rxn, txn) = (rx - began.rx, tx - began.tx);
        let cpu = p1.cpu_s - began.server.cpu_s;
        let mut upms: Vec<f64> = ends.iter().filter_map(|e| e.up.map(|u| (u - e.born).as_secs_f64() * 1e3)).collect();
        json!({"bench":"rtc-relay","target":self.target,"calls":calls,"endpoints_up":up,"secs":el,"sent":txn,"relayed":rxn,
            "relayed_pps":(rxn as f64/el).round(),"lost_pct":((1.0-rxn as f64/txn.max(1) as f64)*10000.0).round()/100.0,
            "server_cpu_cores":(cpu/el*1000.0).round()/1000.0,"server_cpu_pct_per_call":(cpu/el/calls as f64*10000.0).round()/100.0,
            "server_cpu_us_per_packet":(cpu*1e6/rxn.max(1) as f64*100.0).round()/100.0,"calls_per_core":(calls as f64*el/cpu.max(0.001)).round(),
            "rss_before_kib":p0.rss_kib,"rss_kib":p1.rss_kib,"rss_kib_per_call":((p1.rss_kib as f64-p0.rss_kib as f64)/calls as f64).round(),"threads":p1.threads,
            "born_to_dtls_up_ms":load::pct(&mut upms),"machine_busy":busy_between(began.machine,m1)})
    }
}

/// The server, the machine and the packets at one time.
struct Moment {
    server: Proc,
    machine: (f64, f64),
    rx: u64,
    tx: u64,
    at: Instant,
}

impl Moment {
    fn now(pid: u32, ends: &[End]) -> Moment {
        let (rx, tx) = (ends.iter().map(|e| e.rx).sum::<u64>(), ends.iter().map(|e| e.tx).sum::<u64>());
        Moment { server: proc_tree(pid), machine: machine(), rx, tx, at: Instant::now() }
    }
}

fn main() {
    raise_nofile();
    str0m::crypto::from_feature_flags().install_process_default();
    let load = Load::of(&Args::parse(1));
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let p0 = proc_tree(load.pid);
    let (mut ends, keep) = load.set_up(&rt);
    println!("{}", load.measure(&mut ends, p0).unwrap_or(json!({"error":"no result"})));
    drop(keep);
    std::process::exit(0);
}
