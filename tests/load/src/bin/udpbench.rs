//! The physical limit for relaying: how many CPU ns does the kernel take to move one
//! UDP packet in and out again on loopback, per way of asking it?
//! udpbench --mode plain|mmsg|gso --size 1100 --secs 5 --batch 32
//! The forwarder's own thread CPU is what counts: source and sink run beside it.
use load::{busy_between, machine, thread_cpu, Args};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Batch {
    bufs: Vec<[u8; 2048]>,
    iov: Vec<libc::iovec>,
    hdr: Vec<libc::mmsghdr>,
}

impl Batch {
    fn new(n: usize) -> Box<Batch> {
        let mut b = Box::new(Batch {
            bufs: vec![[0; 2048]; n],
            iov: Vec::new(),
            hdr: Vec::new(),
        });
        for i in 0..n {
            let base = b.bufs[i].as_mut_ptr() as *mut libc::c_void;
            b.iov.push(libc::iovec {
                iov_base: base,
                iov_len: 2048,
            });
        }
        for i in 0..n {
            let mut h: libc::mmsghdr = unsafe { std::mem::zeroed() };
            h.msg_hdr.msg_iov = &mut b.iov[i];
            h.msg_hdr.msg_iovlen = 1;
            b.hdr.push(h);
        }
        b
    }
}

fn bind(buf: i32) -> UdpSocket {
    let s = UdpSocket::bind("127.0.0.1:0").unwrap();
    unsafe {
        for o in [libc::SO_RCVBUFFORCE, libc::SO_SNDBUFFORCE] {
            libc::setsockopt(s.as_raw_fd(), libc::SOL_SOCKET, o, &buf as *const i32 as *const _, 4);
        }
    }
    s.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    s
}

fn main() {
    let a = Args::parse(1);
    let mode = a.str("mode", "plain");
    let size = a.num("size", 1100.0) as usize;
    let secs = a.num("secs", 5.0);
    let n = a.num("batch", 32.0) as usize;
    let rate = a.num("pps", 0.0); // 0: as fast as it goes
    let (src, fwd, sink) = (bind(4 << 20), bind(4 << 20), bind(4 << 20));
    src.connect(fwd.local_addr().unwrap()).unwrap();
    let sink_addr = sink.local_addr().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let got = Arc::new(AtomicU64::new(0));
    let sent = Arc::new(AtomicU64::new(0));

    let sink_t = {
        let (stop, got) = (stop.clone(), got.clone());
        std::thread::spawn(move || receive(&sink, &stop, &got))
    };
    let src_t = {
        let (stop, sent) = (stop.clone(), sent.clone());
        std::thread::spawn(move || send(&src, size, rate, &stop, &sent))
    };
    let fwd_t = {
        let stop = stop.clone();
        let mode = mode.clone();
        std::thread::spawn(move || forward(&fwd, sink_addr, &mode, n, size, &stop))
    };
    let m0 = machine();
    let t0 = Instant::now();
    std::thread::sleep(Duration::from_secs_f64(secs));
    stop.store(true, Relaxed);
    let el = t0.elapsed().as_secs_f64();
    let m1 = machine();
    let (k, cpu) = fwd_t.join().unwrap();
    let scpu = src_t.join().unwrap();
    let kcpu = sink_t.join().unwrap();
    println!(
        "{}",
        serde_json::json!({"bench":"udp-forward","mode":mode,"size":size,"batch":n,"secs":el,"sent":sent.load(Relaxed),"forwarded":k,"received":got.load(Relaxed),
        "fwd_pps":(k as f64/el).round(),"fwd_cpu_s":cpu,"fwd_ns_per_packet":(cpu/k.max(1) as f64*1e9).round(),"fwd_pps_per_core":(k as f64/cpu).round(),
        "src_cpu_s":scpu,"sink_cpu_s":kcpu,"machine_busy":busy_between(m0,m1)})
    );
}

/// Takes what comes and counts it in `got`; the CPU seconds it took.
fn receive(sink: &UdpSocket, stop: &AtomicBool, got: &AtomicU64) -> f64 {
    let mut b = Batch::new(64);
    let c0 = thread_cpu();
    while !stop.load(Relaxed) {
        for v in b.iov.iter_mut() {
            v.iov_len = 2048;
        }
        let r = unsafe { libc::recvmmsg(sink.as_raw_fd(), b.hdr.as_mut_ptr(), 64, libc::MSG_WAITFORONE, std::ptr::null_mut()) };
        if r > 0 {
            got.fetch_add(r as u64, Relaxed);
        }
    }
    thread_cpu() - c0
}

/// Sends packets of `size` bytes, `rate` a second (0: as fast as it goes), and counts them in `sent`; the CPU seconds it took.
fn send(src: &UdpSocket, size: usize, rate: f64, stop: &AtomicBool, sent: &AtomicU64) -> f64 {
    let mut b = Batch::new(32);
    for v in b.iov.iter_mut() {
        v.iov_len = size;
    }
    let t0 = Instant::now();
    let mut k = 0u64;
    let c0 = thread_cpu();
    while !stop.load(Relaxed) {
        if rate > 0.0 && k as f64 > t0.elapsed().as_secs_f64() * rate {
            std::thread::sleep(Duration::from_micros(200));
            continue;
        }
        let r = unsafe { libc::sendmmsg(src.as_raw_fd(), b.hdr.as_mut_ptr(), 32, 0) };
        if r > 0 {
            k += r as u64;
            sent.store(k, Relaxed);
        }
    }
    thread_cpu() - c0
}

/// Hands packets on to `to` in the way `mode` names; how many, and the CPU seconds it took.
fn forward(fwd: &UdpSocket, to: SocketAddr, mode: &str, n: usize, size: usize, stop: &AtomicBool) -> (u64, f64) {
    let c0 = thread_cpu();
    let k = match mode {
        "plain" => forward_one_by_one(fwd, to, stop),
        "gso" => {
            let mut cut = Cut { out: vec![0u8; 65536], size };
            forward_batches(fwd, to, n, stop, |fd, b, to, r| cut.send(fd, b, to, r))
        }
        _ => forward_batches(fwd, to, n, stop, send_each),
    };
    (k, thread_cpu() - c0)
}

fn forward_one_by_one(fwd: &UdpSocket, to: SocketAddr, stop: &AtomicBool) -> u64 {
    let mut k = 0;
    let mut buf = [0u8; 2048];
    while !stop.load(Relaxed) {
        if let Ok((l, _)) = fwd.recv_from(&mut buf) {
            if fwd.send_to(&buf[..l], to).is_ok() {
                k += 1;
            }
        }
    }
    k
}

/// Receives up to `n` packets in one call and has them sent by `hand_on`, which is given the descriptor, the batch, the
/// address and how many packets came, and says how many went.
fn forward_batches(
    fwd: &UdpSocket,
    to: SocketAddr,
    n: usize,
    stop: &AtomicBool,
    mut hand_on: impl FnMut(RawFd, &mut Batch, &mut libc::sockaddr_in, usize) -> u64,
) -> u64 {
    let fd = fwd.as_raw_fd();
    let mut k = 0;
    let mut b = Batch::new(n);
    let mut sa = kernel_address(to);
    while !stop.load(Relaxed) {
        for i in 0..n {
            b.iov[i].iov_len = 2048;
            b.hdr[i].msg_hdr.msg_name = std::ptr::null_mut();
            b.hdr[i].msg_hdr.msg_namelen = 0;
        }
        let r = unsafe { libc::recvmmsg(fd, b.hdr.as_mut_ptr(), n as u32, libc::MSG_WAITFORONE, std::ptr::null_mut()) };
        if r > 0 {
            k += hand_on(fd, &mut b, &mut sa, r as usize);
        }
    }
    k
}

fn kernel_address(of: SocketAddr) -> libc::sockaddr_in {
    let SocketAddr::V4(v4) = of else { unreachable!() };
    let mut sa: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    sa.sin_family = libc::AF_INET as u16;
    sa.sin_port = v4.port().to_be();
    sa.sin_addr.s_addr = u32::from_ne_bytes(v4.ip().octets());
    sa
}

/// One call sends the packets as they are.
fn send_each(fd: RawFd, b: &mut Batch, to: &mut libc::sockaddr_in, r: usize) -> u64 {
    for i in 0..r {
        b.iov[i].iov_len = b.hdr[i].msg_len as usize;
        b.hdr[i].msg_hdr.msg_name = to as *mut _ as *mut _;
        b.hdr[i].msg_hdr.msg_namelen = std::mem::size_of_val(to) as u32;
    }
    let w = unsafe { libc::sendmmsg(fd, b.hdr.as_mut_ptr(), r as u32, 0) };
    w.max(0) as u64
}

/// One send for the whole batch, cut by the kernel into packets of `size` bytes (one destination).
struct Cut {
    out: Vec<u8>,
    size: usize,
}

impl Cut {
    fn send(&mut self, fd: RawFd, b: &Batch, to: &mut libc::sockaddr_in, r: usize) -> u64 {
        let mut k = 0;
        let mut done = 0;
        while done < r {
            let m = (r - done).min(60000 / self.size.max(1)).max(1);
            let mut l = 0;
            for i in done..done + m {
                let x = b.hdr[i].msg_len as usize;
                self.out[l..l + x].copy_from_slice(&b.bufs[i][..x]);
                l += x;
            }
            if self.send_joined(fd, l, to) {
                k += m as u64;
            }
            done += m;
        }
        k
    }

    /// Sends the first `l` bytes of `out`; whether the kernel took them.
    fn send_joined(&mut self, fd: RawFd, l: usize, to: &mut libc::sockaddr_in) -> bool {
        let mut iov = libc::iovec {
            iov_base: self.out.as_mut_ptr() as *mut _,
            iov_len: l,
        };
        let mut ctl = [0u64; 4];
        let mut h: libc::msghdr = unsafe { std::mem::zeroed() };
        h.msg_name = to as *mut _ as *mut _;
        h.msg_namelen = std::mem::size_of_val(to) as u32;
        h.msg_iov = &mut iov;
        h.msg_iovlen = 1;
        unsafe {
            h.msg_control = ctl.as_mut_ptr() as *mut _;
            h.msg_controllen = libc::CMSG_SPACE(2) as _;
            let c = libc::CMSG_FIRSTHDR(&h);
            (*c).cmsg_level = libc::SOL_UDP;
            (*c).cmsg_type = libc::UDP_SEGMENT;
            (*c).cmsg_len = libc::CMSG_LEN(2) as _;
            std::ptr::write_unaligned(libc::CMSG_DATA(c) as *mut u16, self.size as u16);
            libc::sendmsg(fd, &h, 0) > 0
        }
    }
}
