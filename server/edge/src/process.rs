//! What the system says of this process, for [`crate::metrics`]: from `/proc`, as proc(5) has it.

use std::fs;

/// See the module; zero where the system does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Process {
    /// Memory in use.
    pub(crate) resident_bytes: u64,
    /// Processor time of all threads, milliseconds.
    pub(crate) cpu_ms: u64,
    /// Open files and sockets.
    pub(crate) open_files: u64,
}

/// A tick of `/proc/self/stat`: a hundredth of a second to programs, whatever the kernel's own clock (time(7), "USER_HZ").
const TICK_MS: u64 = 10;

impl Process {
    /// As it is now.
    pub(crate) fn look() -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        Self {
            resident_bytes: resident_bytes(&read("/proc/self/status")).unwrap_or(0),
            cpu_ms: cpu_ms(&read("/proc/self/stat")).unwrap_or(0),
            open_files: fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64),
        }
    }
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
}

/// Time in the program and for it in the kernel: fields 14 and 15. The name, field 2, stands in brackets and may hold anything.
fn cpu_ms(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let (own, kernel) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some((own + kernel) * TICK_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_whatever_the_program_is_called() {
        let stat = "7 (yun) (yi ban) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 1 1 1";
        assert_eq!(cpu_ms(stat), Some(3_000));
        assert_eq!(resident_bytes("Name:\tyunyiban\nVmRSS:\t   2048 kB\n"), Some(2 << 20));
    }

    #[test]
    fn this_process_uses_memory_and_files() {
        let process = Process::look();
        assert!(process.resident_bytes > 0 && process.open_files > 0);
    }
}
