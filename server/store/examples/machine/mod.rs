//! How busy the whole machine was beside a measurement, by everyone.

/// Ticks of the machine since it started: busy, and all.
pub struct Machine {
    busy: f64,
    all: f64,
}

impl Machine {
    /// Now.
    pub fn look() -> Self {
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = stat.lines().next().unwrap_or_default();
        let ticks: Vec<f64> = line.split_whitespace().skip(1).take(8).filter_map(|word| word.parse().ok()).collect();
        let (all, idle): (f64, f64) = (ticks.iter().sum(), ticks.iter().skip(3).take(2).sum());
        Self { busy: all - idle, all }
    }

    /// Share of the processors that worked since then, 0-1.
    pub fn busy_since(&self) -> f64 {
        let now = Self::look();
        (now.busy - self.busy) / (now.all - self.all).max(1.0)
    }
}
