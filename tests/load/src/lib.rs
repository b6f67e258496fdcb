//! Shared by the load generators: arguments, percentiles, /proc sampling.
pub mod hall_client;

use std::collections::HashMap;

pub struct Args(HashMap<String, String>);

impl Args {
    /// `--key value` pairs after the first `skip` words.
    pub fn parse(skip: usize) -> Args {
        let mut m = HashMap::new();
        let v: Vec<String> = std::env::args().skip(skip).collect();
        let mut i = 0;
        while i < v.len() {
            let k = v[i].strip_prefix("--").unwrap_or_else(|| panic!("expected --key, got {}", v[i]));
            let has = i + 1 < v.len() && !v[i + 1].starts_with("--");
            m.insert(k.to_string(), if has { v[i + 1].clone() } else { "1".into() });
            i += if has { 2 } else { 1 };
        }
        Args(m)
    }
    pub fn get(&self, k: &str) -> Option<&str> {
        self.0.get(k).map(|s| s.as_str())
    }
    pub fn str(&self, k: &str, d: &str) -> String {
        self.get(k).unwrap_or(d).to_string()
    }
    pub fn num(&self, k: &str, d: f64) -> f64 {
        self.get(k).map(|s| s.parse().unwrap_or_else(|_| panic!("--{k} wants a number"))).unwrap_or(d)
    }
}

/// Percentiles of `v`, in the unit of `v`.
pub fn pct(v: &mut [f64]) -> serde_json::Value {
    if v.is_empty() {
        return serde_json::json!({"n": 0});
    }
    v.sort_by(|a, b| a.total_cmp(b));
    let at = |p: f64| {
        let x = v[((v.len() as f64 - 1.0) * p).round() as usize];
        (x * 1000.0).round() / 1000.0
    };
    serde_json::json!({"n": v.len(), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "max": at(1.0)})
}

/// Processor time of this thread so far, seconds.
pub fn thread_cpu() -> f64 {
    // SAFETY: clock_gettime fills the timespec it is given.
    unsafe {
        let mut t: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t);
        t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Proc {
    pub rss_kib: u64,
    pub cpu_s: f64,
    pub fds: usize,
    pub threads: u64,
}

/// Resident set, CPU seconds and open files of a process and all its descendants
/// known at the time of the call (a browser or a Node cluster has several).
pub fn proc_tree(pid: u32) -> Proc {
    let mut total = Proc::default();
    let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
    for e in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Ok(p) = e.file_name().to_string_lossy().parse::<u32>() {
            if let Some(pp) = stat_fields(p).and_then(|f| f.get(1).and_then(|x| x.parse().ok())) {
                parents.entry(pp).or_default().push(p);
            }
        }
    }
    let mut todo = vec![pid];
    while let Some(p) = todo.pop() {
        if let Some(x) = proc_one(p) {
            total.rss_kib += x.rss_kib;
            total.cpu_s += x.cpu_s;
            total.fds += x.fds;
            total.threads += x.threads;
        }
        if let Some(c) = parents.get(&p) {
            todo.extend(c);
        }
    }
    total
}

/// Fields of /proc/PID/stat after the command name: state, ppid, ...
fn stat_fields(pid: u32) -> Option<Vec<String>> {
    let s = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest = &s[s.rfind(')')? + 2..];
    Some(rest.split(' ').map(|x| x.to_string()).collect())
}

pub fn proc_one(pid: u32) -> Option<Proc> {
    let f = stat_fields(pid)?;
    let tick = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    let cpu = (f[11].parse::<f64>().ok()? + f[12].parse::<f64>().ok()?) / tick;
    let st = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let grab = |k: &str| {
        st.lines()
            .find(|l| l.starts_with(k))
            .and_then(|l| l.split_whitespace().nth(1))
            .and_then(|x| x.parse::<u64>().ok())
            .unwrap_or(0)
    };
    Some(Proc {
        rss_kib: grab("VmRSS:"),
        cpu_s: cpu,
        fds: std::fs::read_dir(format!("/proc/{pid}/fd")).map(|d| d.count()).unwrap_or(0),
        threads: grab("Threads:"),
    })
}

/// (busy, total) jiffies of the whole machine: how loaded it was by everyone.
pub fn machine() -> (f64, f64) {
    let s = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let v: Vec<f64> = s.lines().next().unwrap_or("").split_whitespace().skip(1).filter_map(|x| x.parse().ok()).collect();
    let total: f64 = v.iter().take(8).sum();
    let idle = v.get(3).unwrap_or(&0.0) + v.get(4).unwrap_or(&0.0);
    (total - idle, total)
}

pub fn busy_between(a: (f64, f64), b: (f64, f64)) -> f64 {
    ((b.0 - a.0) / (b.1 - a.1).max(1.0) * 1000.0).round() / 1000.0
}

/// As many descriptors as the hard limit allows.
pub fn raise_nofile() {
    unsafe {
        let mut r: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut r) == 0 {
            r.rlim_cur = r.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &r);
        }
    }
}
